"""What can go wrong when a case is moved, in words that say what to do."""

from __future__ import annotations

from backend.problems import Conflict


class CaseMoved(Conflict):
    """The case is no longer where the sender saw it: somebody moved it meanwhile."""

    slug = "case_moved"
    zh, en = (
        "有人刚改过这里。先看看改了什么，你写的还留着。",
        "Somebody moved this case meanwhile. Look first; your words are kept.",
    )


class MoveNotPossible(Conflict):
    """The case stands where this step does not begin."""

    slug = "move_not_possible"
    zh, en = "案件现在走不了这一步。", "The case cannot take this step from where it stands."


class HandlerCannotVerify(Conflict):
    """Whoever handled a case does not verify it."""

    slug = "handler_cannot_verify"
    zh, en = "谁办的不能由谁核查。请换一个人。", "Whoever handled a case cannot verify it. Ask somebody else."


class NotThatOffice(Conflict):
    """The office is not one of the case's township, or the person does not work there."""

    slug = "not_that_office"
    zh, en = (
        "这个单位或这个人接不了这件案子。请从表里选。",
        "That office or person cannot take this case. Choose from the list.",
    )


class MergeNotPossible(Conflict):
    """A report joins an open case of the same township, and nothing else."""

    slug = "merge_not_possible"
    zh, en = "只能合到本镇还没结的案件里。", "A report can only join an open case of the same township."


class NobodyToCheck(Conflict):
    """The person has no duty in the grid, handled the case, or nothing admitted can be asked of them."""

    slug = "nobody_to_check"
    zh, en = (
        "这个人不能去核查。请换一个人，或者由镇里核查。",
        "That person cannot check this. Choose somebody else, or check at the desk.",
    )

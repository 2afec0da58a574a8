"""Grids: how a village is divided, who is accountable for each part, what stands on the ground, and by which limits it is judged."""

from backend.places.models.departments import CrosswalkRow, DepartmentGrid, DepartmentLayer
from backend.places.models.edits import BoundaryEdit, PlanEdit
from backend.places.models.ground import Barrier, Building, KeyPlace, LandCover, PlaceGroup
from backend.places.models.imports import LayerImport
from backend.places.models.plans import Grid, GridDuty, GridPlan, GridQuerySet, people_visible_to
from backend.places.models.rules import RuleSet
from backend.places.models.runs import DivisionRun, TownshipRun
from backend.places.models.visited import Household, Route

__all__ = [
    "Barrier",
    "BoundaryEdit",
    "Building",
    "CrosswalkRow",
    "DepartmentGrid",
    "DepartmentLayer",
    "DivisionRun",
    "Grid",
    "GridDuty",
    "GridPlan",
    "GridQuerySet",
    "Household",
    "KeyPlace",
    "LandCover",
    "LayerImport",
    "PlaceGroup",
    "PlanEdit",
    "Route",
    "RuleSet",
    "TownshipRun",
    "people_visible_to",
]

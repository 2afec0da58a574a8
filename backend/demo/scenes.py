"""What the simulated workers report: invented words, and pictures drawn here that look like nothing but a drawing."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

SIZE = (640, 480)


@dataclass(frozen=True, slots=True)
class Scene:
    """``kind`` is a code of fixtures/checklist/report_kinds.json; without a thing nobody takes a photo."""

    kind: str
    text: str
    thing: str
    is_urgent: bool = False


SCENES = (
    Scene("2101", "田坎边倒了几袋垃圾，还没清走。", "heap"),
    Scene("2101", "垃圾桶满了，袋子放到路上了。", "heap"),
    Scene("2301", "路面塌了一小块，骑车要绕一下。", "hole"),
    Scene("2301", "路边的警示牌倒了，扶不起来。", "post"),
    Scene("1602", "水面漂着树枝和泡沫，涵管口快堵了。", "water"),
    Scene("1602", "塘坝脚下有点湿，昨天没有。", "water"),
    Scene("1201", "屋后坡上一条裂缝，大概一指宽。", "crack"),
    Scene("2701", "路灯不亮，前后共三盏。", "post"),
    Scene("2702", "水管接头在滴水，地面湿了一片。", "water"),
    Scene("2402", "水渠里淤了泥，下面的田放不到水。", "water"),
    Scene("2001", "老屋后墙有点歪，现在没人住。", "house"),
    Scene("0601", "老人家里的灯泡坏了，想请人换一下。", "house"),
    Scene("1801", "田里有人烧稻草，劝了，已经灭了。", "smoke"),
    Scene("2706", "小桥的栏杆松了一根。", "post"),
)
URGENT = (
    Scene("1502", "山脚有一股烟，看不清是不是火。", "smoke", is_urgent=True),
    Scene("1202", "路边滚下来几块石头，挡了半边路。", "stones", is_urgent=True),
    Scene("1101", "塘坝上冒浑水，水位比早上高。", "water", is_urgent=True),
)


def draw_photo(scene: Scene, rng: random.Random) -> bytes:
    """A JPEG of a drawn hill, a lane and the thing."""
    image = Image.new("RGB", SIZE, (201, 219, 226))
    pen = ImageDraw.Draw(image)
    for base, shade in ((210, (138, 164, 146)), (250, (108, 140, 112))):
        ridge = [(x, base + rng.randint(-38, 30)) for x in range(-20, SIZE[0] + 81, 80)]
        pen.polygon([*ridge, (SIZE[0], SIZE[1]), (0, SIZE[1])], fill=shade)
    pen.rectangle((0, 300, *SIZE), fill=(126, 150, 96))
    middle = rng.randint(250, 390)
    pen.polygon([(middle - 16, 300), (middle + 16, 300), (middle + 190, 480), (middle - 170, 480)], fill=(186, 178, 164))
    _THINGS[scene.thing](pen, rng, middle + rng.choice((-90, 40, 110)), rng.randint(350, 395))
    pen.rectangle((0, 452, 176, 480), fill=(246, 246, 240))
    pen.text((8, 458), "drawn for the demo", fill=(60, 70, 70))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def _heap(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    for _ in range(9):
        a, b, r = x + rng.randint(-60, 60), y + rng.randint(-18, 26), rng.randint(16, 34)
        shade = rng.choice(((58, 66, 72), (214, 220, 222), (70, 96, 140), (150, 60, 50)))
        pen.ellipse((a - r, b - r * 0.8, a + r, b + r * 0.8), fill=shade, outline=(40, 46, 48))


def _hole(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    del rng
    pen.ellipse((x - 80, y - 26, x + 80, y + 30), fill=(120, 108, 92))
    pen.ellipse((x - 58, y - 16, x + 60, y + 24), fill=(66, 58, 50))


def _post(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    lean = rng.randint(10, 60)
    pen.line((x, y + 30, x + lean, y - 170), fill=(92, 96, 98), width=9)
    pen.polygon([(x + lean - 34, y - 200), (x + lean + 34, y - 200), (x + lean, y - 144)], fill=(222, 170, 40))


def _water(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    pen.ellipse((x - 130, y - 30, x + 150, y + 46), fill=(86, 128, 150))
    for _ in range(12):
        a, b = x + rng.randint(-100, 110), y + rng.randint(-14, 30)
        pen.line((a, b, a + rng.randint(14, 46), b + rng.randint(-4, 4)), fill=(150, 116, 72), width=4)


def _crack(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    pen.polygon([(x - 150, y + 60), (x - 60, y - 130), (x + 130, y - 100), (x + 190, y + 60)], fill=(160, 128, 92))
    line = [(x - 100 + 30 * i, y - 60 + 12 * i + rng.randint(-14, 14)) for i in range(9)]
    pen.line(line, fill=(62, 44, 30), width=8)


def _house(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    pen.rectangle((x - 110, y - 110, x + 110, y + 40), fill=(210, 200, 184))
    pen.polygon([(x - 132, y - 106), (x + rng.randint(-20, 20), y - 190), (x + 132, y - 106)], fill=(92, 84, 84))
    pen.rectangle((x - 22, y - 50, x + 26, y + 40), fill=(96, 74, 58))


def _smoke(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    for i in range(10):
        r = 16 + 7 * i
        a, b = x + 9 * i + rng.randint(-12, 12), y - 26 * i
        pen.ellipse((a - r, b - r, a + r, b + r), fill=(172 + 6 * i, 176 + 5 * i, 176 + 5 * i))


def _stones(pen: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    for _ in range(8):
        a, b, r = x + rng.randint(-110, 110), y + rng.randint(-20, 40), rng.randint(18, 42)
        pen.polygon(
            [(a - r, b + r // 2), (a - r // 2, b - r), (a + r // 2, b - r // 2), (a + r, b + r // 2)],
            fill=(128, 120, 112), outline=(70, 64, 60),
        )  # fmt: skip


_THINGS = {
    "heap": _heap, "hole": _hole, "post": _post, "water": _water,
    "crack": _crack, "house": _house, "smoke": _smoke, "stones": _stones,
}  # fmt: skip

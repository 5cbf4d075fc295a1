"""Words drawn with signs, for `training.drawn`: from outline fonts and FIGlet fonts, many styles."""

import string
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from seawall.guard.reading.pixels import SIGN_HIGH, SIGN_WIDE, Signs, scaled

CHARACTERS = string.ascii_letters + string.digits + ".,!?-':"
_EM = 64
_MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
_DENSE = "#*@%&$MWHX08OQBNo+=x█▓■●"
_LINES = (
    "|_/\\-",
    "|_/\\()'`.,-",
    "|_-/\\<>()'`.,\"V^",
    "/\\_|()",
    "|-+/\\",
    ":.'|_/\\",
    "-|/\\'.`",
)
_BACK = ".,-_:'`~░01 "


def signs_table():
    """Return the code points and pictures (n, 8, 4) of signs in a fixed-width font."""
    font = ImageFont.truetype(_MONO, 100)
    wide, ascent = font.getlength("M"), font.getmetrics()
    high = sum(ascent)
    codes = [*range(33, 127), 0xA6, 0xAC, 0xAF, 0xB0, 0xB4, 0xB7, 0xB8, *range(0x2500, 0x2580)]
    codes += [0x2022, 0x203E, 0x2190, 0x2191, 0x2192, 0x2193, *range(0x25A0, 0x2600)]
    shapes = []
    for code in codes:
        image = Image.new("L", (round(wide), high))
        ImageDraw.Draw(image).text((0, 0), chr(code), 255, font)
        shapes.append(scaled(np.asarray(image, dtype=np.float32), SIGN_HIGH, SIGN_WIDE))
    # Thin strokes are darker than a mean over the cell says.
    pictures = {
        c: np.minimum(255, 2.0 * s).astype(np.uint8) for c, s in zip(codes, shapes, strict=True)
    }
    pictures |= {code: (255 * s).astype(np.uint8) for code, s in {**_blocks(), **_dots()}.items()}
    ordered = sorted(pictures)
    return np.array(ordered, dtype=np.uint32), np.stack([pictures[c] for c in ordered])


def _blocks():
    found = {}

    def put(code, *parts):
        cell = np.zeros((8, 4), dtype=np.float32)
        for rows, columns in parts:
            cell[slice(*rows), slice(*columns)] = 1
        found[code] = cell

    put(0x2580, ((0, 4), (0, 4)))
    for eighth in range(1, 9):
        put(0x2580 + eighth, ((8 - eighth, 8), (0, 4)))
    # Left blocks: 0x2589 is seven eighths, 0x258F one.
    for step, eighth in enumerate(range(7, 0, -1)):
        put(0x2589 + step, ((0, 8), (0, max(1, round(eighth / 2)))))
    put(0x2590, ((0, 8), (2, 4)))
    for step, share in enumerate((0.25, 0.5, 0.75)):
        found[0x2591 + step] = np.full((8, 4), share, dtype=np.float32)
    put(0x2594, ((0, 1), (0, 4)))
    put(0x2595, ((0, 8), (3, 4)))
    tl, tr, bl, br = ((0, 4), (0, 2)), ((0, 4), (2, 4)), ((4, 8), (0, 2)), ((4, 8), (2, 4))
    quarters = [(bl,), (br,), (tl,), (tl, bl, br), (tl, br), (tl, tr, bl), (tl, tr, br), (tr,)]
    quarters += [(tr, bl), (tr, bl, br)]
    for step, parts in enumerate(quarters):
        put(0x2596 + step, *parts)
    return found


_DOT = ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))


def _dots():
    found = {}
    for bits in range(1, 256):
        cell = np.zeros((8, 4), dtype=np.float32)
        for bit, (row, column) in enumerate(_DOT):
            if bits >> bit & 1:
                cell[row * 2 : row * 2 + 2, column * 2 : column * 2 + 2] = 1
        found[0x2800 + bits] = cell
    return found


QUARTER = {}
for _code in (*range(0x2580, 0x25A0),):
    _cell = _blocks().get(_code)
    if _cell is not None and set(np.unique(_cell)) <= {0, 1}:
        _four = _cell.reshape(2, 4, 2, 2).mean(axis=(1, 3))
        if set(np.unique(_four)) <= {0, 1}:
            QUARTER.setdefault(tuple(_four.astype(int).ravel()), _code)
QUARTER[(0, 0, 0, 0)] = 32


_LEGIBLE = 0.8


class IllegibleError(Exception):
    """The cells are too coarse for the letters."""


class Outlines:
    """The letters of an outline font as masks of one height."""

    def __init__(self, path):
        font = ImageFont.truetype(str(path), _EM)
        self.glyphs = {}
        high = sum(font.getmetrics()) + 20
        for sign in CHARACTERS:
            box = font.getbbox(sign)
            image = Image.new("L", (max(4, box[2] + 24), high))
            ImageDraw.Draw(image).text((10, 8), sign, 255, font)
            mask = np.asarray(image)
            columns = np.flatnonzero((mask > 100).any(axis=0))
            if not len(columns):
                raise ValueError(sign)
            self.glyphs[sign] = mask[:, columns[0] : columns[-1] + 1]

    def masks(self, text):
        """Return masks of the letters (0..255), cut to the lines that any inks; None a space."""
        found = [self.glyphs.get(sign) for sign in text]
        ink = np.any([(mask > 100).any(axis=1) for mask in found if mask is not None], axis=0)
        rows = np.flatnonzero(ink)
        return [None if m is None else m[rows[0] : rows[-1] + 1] for m in found]


def _small(mask, high, wide):
    image = Image.fromarray(mask).resize((wide, high), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float32) / 255.0


def _letters(masks, rng, high, per_line, gap, even, thick):
    """Return letters' cells joined (high, width) as bool, and which letter each belongs to.

    `thick`: how much of the cells is ink, as a multiple of what the outlines fill. Raises
    IllegibleError where so few cells cannot show the outlines.
    """
    stretch = rng.choice((0.8, 0.9, 1.0, 1.0, 1.15, 1.3)) * per_line
    parts, owners = [], []
    widths = [
        None if m is None else max(1, round(m.shape[1] / m.shape[0] * high * stretch))
        for m in masks
    ]
    most = max(w for w in widths if w)
    blank = max(gap + 2, round(rng.choice((0.4, 0.6, 1.0)) * most))
    shades = [None if m is None else _small(m, high, w) for m, w in zip(masks, widths, strict=True)]
    grey = np.concatenate([s.ravel() for s in shades if s is not None])
    level = float(np.clip(np.quantile(grey, max(0.0, 1 - grey.mean() * thick)), 0.15, 0.65))
    if grey.std() > 0 and np.corrcoef(grey, grey >= level)[0, 1] < _LEGIBLE:
        raise IllegibleError
    for number, (mask, wide) in enumerate(zip(shades, widths, strict=True)):
        if mask is None:
            part = np.zeros((high, blank), dtype=bool)
        else:
            part = mask >= level
            if even and wide < most:
                left = (most - wide) // 2
                part = np.pad(part, ((0, 0), (left, most - wide - left)))
        parts += [part, np.zeros((high, gap), dtype=bool)]
        owners += [np.full(part.shape[1], number), np.full(gap, number)]
    return np.concatenate(parts, axis=1), np.concatenate(owners)


def _edge(cells):
    padded = np.pad(cells, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return cells & ~inner


def _slanted(grid, rng, every):
    high = len(grid)
    most = (high - 1) // every
    rows = []
    sign = rng.choice((1, 1, 1, -1))
    for number, row in enumerate(grid):
        shift = (high - 1 - number) // every if sign > 0 else number // every
        rows.append(
            np.concatenate(
                [np.full(shift, 32, row.dtype), row, np.full(most - shift, 32, row.dtype)]
            )
        )
    return np.stack(rows)


def _codes(cells, code):
    return np.where(cells, np.uint32(code), np.uint32(32))


def filled(masks, text, rng):
    """Return a grid of letters filled with one sign, with themselves, with many, or outlined."""
    high = rng.choice((5, 5, 5, 6, 6, 7, 7, 8, 8, 9, 10, 11, 12, 14, 16, 20))
    per_line = rng.choice((1.0, 1.0, 1.3, 1.6, 2.0, 2.0))
    gap = rng.choice((0, 1, 1, 1, 2, 2, 3)) if high > 6 else rng.choice((1, 1, 1, 2, 2))
    thick = rng.uniform(0.85, 1.4)
    cells, owners = _letters(masks, rng, high, per_line, gap, rng.random() < 0.3, thick)
    if rng.random() < 0.1:
        cells, owners = cells.repeat(2, axis=1), owners.repeat(2)
    ink = rng.choice(_DENSE) if rng.random() < 0.85 else rng.choice(string.printable[:94])
    style = rng.random()
    if style < 0.5:
        grid = _codes(cells, ord(ink))
    elif style < 0.62:
        own = np.array([ord(c) for c in text], dtype=np.uint32)[owners]
        grid = np.where(cells, np.broadcast_to(own, cells.shape), np.uint32(32))
    elif style < 0.7:
        some = np.array(
            [
                ord(c)
                for c in rng.choice(
                    (
                        "01",
                        "#@%&*+",
                        string.ascii_letters,
                        string.digits,
                        "$&8",
                        "░▒▓█",
                        "<>/\\|{}[]",
                    )
                )
            ],
            dtype=np.uint32,
        )
        draw = np.random.default_rng(rng.getrandbits(32)).integers(0, len(some), cells.shape)
        grid = np.where(cells, some[draw], np.uint32(32))
    elif style < 0.85:
        edge = _edge(cells)
        inner = rng.choice((" ", " ", ".", ":", "+", "o", "░", "`"))
        grid = np.where(edge, np.uint32(ord(ink)), _codes(cells, ord(inner)))
    else:
        grid = _shadowed(cells, ink, rng)
    if rng.random() < 0.12:
        grid = _slanted(grid, rng, rng.choice((1, 1, 2)))
    if rng.random() < 0.06:
        grid = np.pad(grid, 1, constant_values=32)
        back = ord(rng.choice(_BACK))
        grid = np.where(grid == 32, np.uint32(back), grid)
    elif rng.random() < 0.05:
        grid = np.pad(grid, rng.choice((1, 2)), constant_values=32)
        grid = np.where(grid == 32, np.uint32(ord(ink)), np.uint32(32))
    return grid


_BOX = {(0, 0): 32}


def _shadowed(cells, ink, rng):
    down, right = rng.choice(((1, 1), (1, 1), (0, 1), (1, -1), (1, 0), (2, 2)))
    padded = np.pad(cells, ((2, 2), (2, 2)))
    moved = np.roll(padded, (down, right), axis=(0, 1))
    second = rng.choice(".:░▒'|/\\-+o;╗║")
    return np.where(padded, np.uint32(ord(ink)), _codes(moved, ord(second)))


def finer(masks, text, rng):
    """Return letters of half blocks, quarter blocks or dots."""
    kind = rng.choice(("half", "quarter", "dots", "half", "dots"))
    down, across = {"half": (2, 1), "quarter": (2, 2), "dots": (4, 2)}[kind]
    high = (
        rng.choice((5, 5, 6, 7, 7, 8, 8, 9, 10, 12, 14, 16))
        if down == 2
        else rng.choice((7, 8, 8, 9, 10, 12, 14, 16, 20, 24))
    )
    per_line = rng.choice((1.0, 1.0, 1.2)) if (down, across) != (2, 2) else 2.0
    gap = rng.choice((1, 1, 2)) if kind == "half" else rng.choice((1, 1, 2, 3))
    cells, _ = _letters(masks, rng, high, per_line, gap, rng.random() < 0.3, rng.uniform(0.85, 1.3))
    top, left = rng.randrange(down), rng.randrange(across)
    rows, columns = cells.shape
    cells = np.pad(cells, ((top, -(rows + top) % down), (left, -(columns + left) % across)))
    lines, wide = cells.shape[0] // down, cells.shape[1] // across
    cell = cells.reshape(lines, down, wide, across).transpose(0, 2, 1, 3)
    if kind == "dots":
        grid = np.full((lines, wide), 0x2800, dtype=np.uint32)
        for bit, (row, column) in enumerate(_DOT):
            grid += (cell[:, :, row, column].astype(np.uint32) << bit).astype(np.uint32)
        return np.where(grid == 0x2800, np.uint32(32), grid)
    grid = np.zeros((lines, wide), dtype=np.uint32)
    for at in np.ndindex(lines, wide):
        part = cell[at] if across == 2 else cell[at].repeat(2, axis=1)
        grid[at] = QUARTER[tuple(part.astype(int).ravel())]
    return grid


class Lines:
    """Draws letters with the signs that look most like their strokes."""

    def __init__(self, signs: Signs):
        self._signs = signs

    def drawn(self, masks, text, rng):
        """Return a grid of letters whose edges (or whose strokes) are drawn with signs."""
        chosen = rng.choice(_LINES)
        codes = np.array([32, *map(ord, chosen)], dtype=np.uint32)
        shapes = self._signs.shown(codes[None])
        pictures = np.stack([_soft(shapes[:, i * 4 : i * 4 + 4]) for i in range(len(codes))])
        pictures = pictures.reshape(len(codes), -1)
        high = rng.choice((4, 4, 5, 5, 5, 6, 6, 6, 7, 8, 10))
        per_line = rng.choice((1.0, 1.2, 1.4, 1.7))
        gap = rng.choice((0, 1, 2, 4, 6))
        cells, _ = _letters(
            masks, rng, high * 8, per_line, gap + (4 if high < 5 else 0), False, 1.0
        )
        if rng.random() < 0.25:
            shift = np.arange(len(cells))[::-1] // 4 * rng.choice((1, 2))
            cells = np.stack(
                [np.pad(row, (s, shift.max() - s)) for row, s in zip(cells, shift, strict=True)]
            )
        outline = rng.random() < 0.65
        target = (_edge(cells) if outline else cells).astype(np.float32)
        top, left = rng.randrange(8), rng.randrange(4)
        rows, columns = target.shape
        target = np.pad(target, ((top, -(rows + top) % 8), (left, -(columns + left) % 4)))
        target = _soft(target)
        lines, wide = target.shape[0] // 8, target.shape[1] // 4
        patches = target.reshape(lines, 8, wide, 4).transpose(0, 2, 1, 3).reshape(lines * wide, 32)
        bias = rng.uniform(0.0, 0.6)
        cost = (pictures**2).sum(axis=1) - 2 * patches @ pictures.T
        cost[:, 0] += bias
        return codes[cost.argmin(axis=1)].reshape(lines, wide)


def _soft(picture):
    padded = np.pad(picture, 1)
    rows = padded[:-2] + padded[1:-1] * 2 + padded[2:]
    return (rows[:, :-2] + rows[:, 1:-1] * 2 + rows[:, 2:]) / 16.0


class Figlet:
    """A FIGlet font: letters as lines of signs."""

    def __init__(self, path):
        lines = _lines_of(path)
        head = lines[0].split()
        if not head[0].startswith(("flf2", "tlf2")):
            raise ValueError(path)
        self.blank, self.high = head[0][5], int(head[1])
        at = 1 + int(head[5])
        self.glyphs = {}
        for code in range(32, 127):
            rows = []
            for line in lines[at : at + self.high]:
                line = line.rstrip()
                mark = line[-1:] or "@"
                rows.append(line.rstrip(mark))
            at += self.high
            if len(rows) == self.high:
                wide = max(map(len, rows))
                self.glyphs[chr(code)] = [row.ljust(wide) for row in rows]
        if not all(
            any(row.strip() for row in self.glyphs.get(c, [])) for c in string.ascii_uppercase
        ):
            raise ValueError(path)
        lower = all(
            any(r.strip(" " + self.blank) for r in self.glyphs.get(c, []))
            for c in string.ascii_lowercase
        )
        self.upper_only = not lower
        self.digits = all(
            any(r.strip(" " + self.blank) for r in self.glyphs.get(c, [])) for c in string.digits
        )

    def drawn(self, text, rng):
        """Return the word's lines, letters apart, touching, or one column over each other."""
        text = text.upper() if self.upper_only else text
        overlap = rng.choice((0, 1, 1, 2))
        rows = [""] * self.high
        for sign in text:
            glyph = self.glyphs.get(sign)
            if glyph is None:
                continue
            rows = self._joined(rows, glyph, overlap)
        return [row.replace(self.blank, " ") for row in rows]

    def _joined(self, rows, glyph, overlap):
        if not rows[0] or not overlap:
            return [a + b for a, b in zip(rows, glyph, strict=True)]
        room = min(
            (len(a) - len(a.rstrip(" "))) + (len(b) - len(b.lstrip(" ")))
            for a, b in zip(rows, glyph, strict=True)
        )
        if (
            overlap == 2
            and room < min(len(rows[0]), len(glyph[0]))
            and self._smush(rows, glyph, room + 1)
        ):
            room += 1
        room = min(room, len(rows[0]), len(glyph[0]))
        return [self._over(a, b, room) for a, b in zip(rows, glyph, strict=True)]

    def _smush(self, rows, glyph, room):
        for a, b in zip(rows, glyph, strict=True):
            tail, head = a[len(a) - room :], b[:room]
            for x, y in zip(tail, head, strict=True):
                if x != " " and y != " " and x != y and "_" not in (x, y) and "|" not in (x, y):
                    return False
                if self.blank in (x, y) and x != y and " " not in (x, y):
                    return False
        return True

    @staticmethod
    def _over(a, b, room):
        if not room:
            return a + b
        tail, head = a[len(a) - room :], b[:room]
        both = "".join(
            y if x == " " or (y != " " and x in "_") else x for x, y in zip(tail, head, strict=True)
        )
        return a[: len(a) - room] + both + b[room:]


def _lines_of(path):
    data = Path(path).read_bytes()
    if data[:2] == b"PK":
        with zipfile.ZipFile(path) as packed:
            data = packed.read(packed.namelist()[0])
    try:
        return data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return data.decode("latin-1").splitlines()

"""The font drawn here once more, and banners cut into pieces of six columns."""

_FONT = """
.###. ####. .#### ####. ##### ##### .#### #...# ##### ..### #...# #.... #...# #...# .###. ####.
#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #..#. #.... ##.## ##..# #...# #...#
##### ####. #.... #...# ####. ####. #..## ##### ..#.. ...#. ###.. #.... #.#.# #.#.# #...# ####.
#...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #..## #...# #....
#...# ####. .#### ####. ##### #.... .#### #...# ##### .##.. #...# ##### #...# #...# .###. #....

.###. ####. .#### ##### #...# #...# #...# #...# #...# #####
#...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.
#.#.# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..
#..#. #..#. ....# ..#.. #...# .#.#. #.#.# .#.#. ..#.. .#...
.##.# #...# ####. ..#.. .###. ..#.. .#.#. #...# ..#.. #####

.###. ..#.. ####. ####. #..#. ##### .#### ##### .###. .###.
#..## .##.. ....# ....# #..#. #.... #.... ....# #...# #...#
#.#.# ..#.. .###. .###. ##### ####. ####. ...#. .###. .####
##..# ..#.. #.... ....# ...#. ....# #...# ..#.. #...# ....#
.###. .###. ##### ####. ...#. ####. .###. ..#.. .###. ####.
"""
_SIGNS = ("abcdefghijklmnop", "qrstuvwxyz", "0123456789")


def _shapes() -> dict[tuple[str, ...], str]:
    shapes = {}
    for signs, block in zip(_SIGNS, _FONT.strip().split("\n\n"), strict=True):
        columns = zip(*(line.split() for line in block.split("\n")), strict=True)
        shapes |= dict(zip(columns, signs, strict=True))
    return shapes


def decode(text: str) -> str:
    shapes, said = _shapes(), ""
    lines = text.split("\n")
    while len(lines) > 4:
        rows = ["".join("." if sign == " " else "#" for sign in line) for line in lines[:5]]
        if set("".join(lines[:5])) <= set("#*@ ") and rows[0].strip("."):
            width = max(map(len, rows))
            rows = [row.ljust(width, ".") for row in rows]
            for at in range(0, width, 6):
                said += shapes.get(tuple(row[at : at + 5] for row in rows), " ")
            lines = lines[5:]
        else:
            lines = lines[1:]
    return said

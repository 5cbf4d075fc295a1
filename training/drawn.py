"""Learn to read words drawn with signs: `python -m training.drawn --out FOLDER --weights FOLDER`.

A small convolutional network with connectionist temporal classification (Graves and others, 2006)
reads a row of drawn letters from left to right; nothing has to be cut into letters.
"""

import argparse
import glob
import importlib.util
import os
import random
import time
import unicodedata
import zlib
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from torch import nn

from seawall.guard.reading.pixels import HIGH, Signs, cleared, grid_of, strip
from seawall.guard.reading.vocabulary import ranks
from training import drawn_letters as letters

CLASSES = " abcdefghijklmnopqrstuvwxyz0123456789.?-"
LABEL = {sign: number + 1 for number, sign in enumerate(CLASSES)} | dict.fromkeys(
    ",!:", CLASSES.index(".") + 1
)
LABEL |= {"'": CLASSES.index("-") + 1}
MOST_WIDE = 320
# Families of FIGlet fonts that only measure; so does every fifth family of outline fonts.
HELD = (
    "big.", "bigfig", "smslant", "small_slant", "shadow", "smshadow", "small_shadow", "starwars", "star_war",
    "univers", "broadway", "nancyj", "larry3d", "rectangles", "sub-zero", "delta_corps", "dos_rebel", "roman",
    "cyber", "calvin_s", "future", "pagga", "smbraille", "chunky", "epic", "ogre", "puffy", "rounded", "fender",
    "times", "xtimes", "5x7", "5x8", "clr5x8", "cli8x8", "banner4", "georgia11", "stop", "drpepper", "isometric",
    "bulbhead", "contessa", "gothic", "o8", "tanja", "poison", "small_poison", "graffiti", "speed", "smblock",
)  # fmt: skip
# What most drawings are made with is learnt more often.
USUAL = frozenset(
    [
        "standard",
        "slant",
        "small",
        "doom",
        "banner",
        "banner3",
        "block",
        "colossal",
        "ansi_shadow",
        "ansi_regular",
        "3-d",
        "lean",
        "mini",
        "script",
        "smscript",
        "basic",
        "alligator2",
        "straight",
        "thin",
        "thick",
        "blocks",
    ]
)
# Fonts of codes, of other scripts, of whole scenes, of letters turned round.
NONE = (
    "binary", "hex", "octal", "decimal", "morse", "rot13", "run", "tengwar", "smtengwar", "katakana", "hierogl",
    "greek", "ntgreek", "jerusalem", "ivrit", "mshebrew", "moscow", "tsalagi", "term", "wideterm", "mnemonic",
    "digital", "bubble", "cards", "keyboard", "smkeyboard", "1row", "b1ff", "efti", "faces_of", "fun_face", "heart_",
    "konto", "patorjk-hex", "icl-1900", "flipped", "mirror", "rev.", "rotated", "horizontal_", "usaflag", "wow",
    "train", "dwhistled", "null", "arrows", "circle", "letter.", "eftiwall", "stampate", "ticks", "twisted",
)  # fmt: skip


def sources(figlet):
    """Return (outline fonts, FIGlet fonts) for training and (the same) for measuring."""
    outlines, held_outlines = [], []
    paths = sorted(glob.glob("/usr/share/fonts/**/*.[to]t[fc]", recursive=True))
    for path in paths:
        name = Path(path).stem
        if any(
            part in name
            for part in (
                "Symbol",
                "D050000L",
                "Dingbat",
                "Emoji",
                "unifont_csur",
                "upper",
                "sample",
                "jp",
            )
        ):
            continue
        try:
            font = letters.Outlines(path)
        except (ValueError, OSError):
            continue
        family = name.split("-")[0].rstrip("0123456789")
        (held_outlines if zlib.crc32(family.encode()) % 5 == 0 else outlines).append((name, font))
    fonts, held_fonts = [], []
    for path in sorted(glob.glob(f"{figlet}/*.?lf")) if figlet else []:
        name = Path(path).name
        if name.startswith(NONE):
            continue
        try:
            font = letters.Figlet(path)
        except (ValueError, IndexError, OSError):
            continue
        (held_fonts if name.startswith(HELD) else fonts).append((name, font))
    return (outlines, fonts), (held_outlines, held_fonts)


def figlet_fonts():
    """Return the folder of the fonts that the package pyfiglet brings, or of Debian's figlet."""
    found = importlib.util.find_spec("pyfiglet")
    return (
        str(Path(found.origin).parent / "fonts") if found and found.origin else "/usr/share/figlet"
    )


_WORDS = None


def text_of(rng):
    """Return one to three words: common ones, or letters by chance."""
    global _WORDS
    if _WORDS is None:
        plain = [
            unicodedata.normalize("NFKD", w).encode("ascii", "ignore").decode() for w in ranks()
        ]
        _WORDS = [w for w in plain if w.isalpha() and len(w) > 1]
    words = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        kind = rng.random()
        if kind < 0.65:
            word = rng.choice(_WORDS)
        elif kind < 0.93:
            word = "".join(
                rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(1, 8))
            )
        else:
            word = "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 5)))
        case = rng.random()
        word = (
            word
            if case < 0.4
            else word.upper()
            if case < 0.8
            else word.title()
            if case < 0.95
            else word.swapcase()
        )
        words.append(word + (rng.choice(".,!?-':") if rng.random() < 0.08 else ""))
        if sum(map(len, words)) > 12:
            break
    return " ".join(words)[:20].strip()


def drawing(text, rng, kind, outlines, fonts, lines):
    """Return (grid, what it says) of a text drawn in one style."""
    if kind == "figlet":
        usual = [one for one in fonts if one[0].split(".")[0] in USUAL]
        _, font = rng.choice(usual if usual and rng.random() < 0.45 else fonts)
        usable = "".join(
            c for c in text if c == " " or (c in font.glyphs and (font.digits or not c.isdigit()))
        )
        usable = " ".join(usable.split()) or "A"
        rows = list(font.drawn(usable, rng))
        rows = [row for row in rows if row.strip()]
        if not rows:
            return None
        grid = grid_of(rows)
        ink = rng.random()
        if ink < 0.1:
            grid = np.where(grid == 32, grid, np.uint32(ord(rng.choice("#*@%&+█XO"))))
        elif ink < 0.15:
            signs = [s for s in np.unique(grid) if s != 32]
            grid = np.where(
                grid == rng.choice(signs), np.uint32(ord(rng.choice("#*@%&+█XO"))), grid
            )
        return grid, usable
    _name, font = rng.choice(outlines)
    masks = font.masks(text)
    make = {"filled": letters.filled, "finer": letters.finer, "lines": lines.drawn}[kind]
    try:
        return make(masks, text, rng), text
    except letters.IllegibleError:
        return None


_STATE = {}


def _sample(seed):
    rng = random.Random(seed)
    outlines, fonts, signs, lines = _STATE["sources"]
    for _ in range(20):
        kind = rng.choices(("filled", "finer", "lines", "figlet"), (35, 12, 5, 48 if fonts else 0))[
            0
        ]
        made = drawing(text_of(rng), rng, kind, outlines, fonts, lines)
        if made is None:
            continue
        grid = cleared(made[0])
        if not grid.size:
            continue
        if rng.random() < 0.1:
            # What hangs below or stands above may be missing, as may a column.
            grid = grid[rng.randrange(2) : len(grid) - rng.randrange(2)] if len(grid) > 5 else grid
            grid = cleared(grid)
        if not grid.size or len(grid) < 2:
            continue
        picture = strip(grid, signs)
        labels = [LABEL[c] for c in made[1].lower()]
        if 8 <= picture.shape[2] <= MOST_WIDE and picture.shape[2] // 2 > len(labels) * 1.5:
            return (picture * 255).astype(np.uint8), labels, kind
    return None


def samples(seeds, workers=2):
    """Return pictures with labels, made in so many processes."""
    with Pool(workers) as pool:
        return [one for one in pool.map(_sample, seeds, chunksize=200) if one is not None]


class Reader(nn.Module):
    """Three convolutions over the picture, three along it."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 16, 3, padding=1)
        self.b = nn.Conv2d(16, 32, 3, padding=1)
        self.c = nn.Conv2d(32, 64, 3, padding=1)
        self.d = nn.Conv1d(128, 96, 5, padding=2)
        self.e = nn.Conv1d(96, 96, 5, padding=4, dilation=2)
        self.f = nn.Conv1d(96, len(CLASSES) + 1, 3, padding=1)
        self.drop = nn.Dropout(0.05)
        self.norms = nn.ModuleDict(
            {
                "a": nn.BatchNorm2d(16),
                "b": nn.BatchNorm2d(32),
                "c": nn.BatchNorm2d(64),
                "d": nn.BatchNorm1d(96),
                "e": nn.BatchNorm1d(96),
            }
        )

    def forward(self, x):
        """Return log-odds (batch, classes, width / 2) of pictures (batch, 3, 16, width)."""
        norms = self.norms
        x = nn.functional.max_pool2d(norms["a"](self.a(x)).relu(), (2, 2))
        x = nn.functional.max_pool2d(norms["b"](self.b(x)).relu(), (2, 1))
        x = nn.functional.max_pool2d(norms["c"](self.c(x)).relu(), (2, 1))
        x = self.drop(x.flatten(1, 2))
        x = norms["d"](self.d(x)).relu()
        x = self.drop(x + norms["e"](self.e(x)).relu())
        return self.f(x)


def batches(found, size, rng):
    """Yield pictures of like width together."""
    order = sorted(range(len(found)), key=lambda i: found[i][0].shape[2] + rng.random() * 12)
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    rng.shuffle(groups)
    for group in groups:
        wide = max(found[i][0].shape[2] for i in group) + 8
        wide += wide % 2
        pictures = np.zeros((len(group), 3, HIGH, wide), dtype=np.uint8)
        for row, i in enumerate(group):
            at = rng.randrange(0, 5)
            picture = found[i][0]
            pictures[row, :, :, at : at + picture.shape[2]] = picture
        labels = [found[i][1] for i in group]
        yield torch.from_numpy(pictures).float() / 255.0, labels


def loss_of(model, pictures, labels):
    """Return the CTC loss of a batch, a letter."""
    odds = model(pictures).permute(2, 0, 1).log_softmax(2)
    sizes = torch.tensor([len(one) for one in labels])
    frames = torch.full((len(labels),), odds.shape[0])
    flat = torch.tensor([label for one in labels for label in one])
    return nn.functional.ctc_loss(odds, flat, frames, sizes, zero_infinity=True)


def greedy(odds):
    """Return what log-odds (classes, frames) say, letter by letter."""
    best = odds.argmax(0).tolist()
    said = [b for a, b in zip([0, *best], best, strict=False) if b and b != a]
    return "".join(CLASSES[b - 1] for b in said)


def judged(model, found):
    """Return the share of right letters (1 - edits / letters) and of right texts."""
    model.eval()
    wrong = total = right = 0
    with torch.no_grad():
        for picture, labels, _ in found:
            pad = np.pad(picture, ((0, 0), (0, 0), (4, 4 + picture.shape[2] % 2)))
            said = greedy(model(torch.from_numpy(pad)[None].float() / 255.0)[0])
            meant = "".join(CLASSES[label - 1] for label in labels)
            wrong += edits(said, meant)
            total += len(meant)
            right += said == meant
    return 1 - wrong / max(1, total), right / max(1, len(found))


def edits(one, other):
    """Return Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def packed(model, signs, path):
    """Write the network in int8 (a scale a channel) with the signs' pictures."""
    # Sixteen greys are enough, and pack well.
    arrays = {"codes": signs[0], "shapes": signs[1] // 17 * 17, "classes": np.array(CLASSES)}
    for name in "abcdef":
        layer = getattr(model, name)
        flat = layer.weight.detach().numpy().reshape(len(layer.weight), -1)
        bias = layer.bias.detach().numpy()
        if name in model.norms:
            norm = model.norms[name]
            times = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
            bias = (bias - norm.running_mean.numpy()) * times + norm.bias.detach().numpy()
            flat = flat * times[:, None]
        scale = np.maximum(np.abs(flat).max(axis=1), 1e-9) / 127
        arrays[f"{name}.weight"] = np.round(flat / scale[:, None]).astype(np.int8)
        arrays[f"{name}.weight.scale"] = scale.astype(np.float32)
        arrays[f"{name}.bias"] = bias.astype(np.float32)
    np.savez_compressed(path, **arrays)


def main():
    """Train, measure on what was left out, write `drawn.npz`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--figlet", default=figlet_fonts(), help="folder of FIGlet fonts")
    parser.add_argument("--weights", help="also write drawn.npz into this folder")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--size", type=int, default=24_000)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    rng = random.Random(given.seed)
    table = letters.signs_table()
    signs = Signs(*table)
    lines = letters.Lines(signs)
    ours, held = sources(given.figlet)
    print(len(ours[0]), len(ours[1]), "fonts; held out", len(held[0]), len(held[1]), flush=True)
    _STATE["sources"] = (*held, signs, lines)
    test = samples(range(900_000_000, 900_000_600))
    model = Reader()
    if given.start:
        model.load_state_dict(torch.load(given.start), strict=False)
    steps_a_pass = given.size // 32
    optimiser = torch.optim.AdamW(model.parameters(), lr=given.rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        given.rate,
        total_steps=given.rounds * given.passes * (steps_a_pass + 2),
        pct_start=0.05,
    )
    _STATE["sources"] = (*ours, signs, lines)
    for turn in range(given.rounds):
        began = time.time()
        base = (given.seed * 1000 + turn) * 1_000_000
        found = samples(range(base, base + given.size))
        made = time.time() - began
        total = count = 0
        for _ in range(given.passes):
            model.train()
            for pictures, labels in batches(found, 32, rng):
                loss = loss_of(model, pictures, labels)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 5.0)
                optimiser.step()
                schedule.step()
                total += loss.item()
                count += 1
                if count % 200 == 0:
                    print(
                        f"  {turn}: {count} steps, loss {total / count:.3f}, {time.time() - began:.0f} s",
                        flush=True,
                    )
        by_kind = {
            k: [one for one in test if one[2] == k] for k in ("filled", "finer", "lines", "figlet")
        }
        shown = {k: "{:.3f}/{:.2f}".format(*judged(model, v)) for k, v in by_kind.items()}
        print(
            f"{turn}: loss {total / count:.3f} made in {made:.0f} s, all {time.time() - began:.0f} s",
            shown,
            flush=True,
        )
        Path(given.out).mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), f"{given.out}/drawn.pt")
        packed(model, table, f"{given.out}/drawn.npz")
    print(os.path.getsize(f"{given.out}/drawn.npz"), "bytes")
    if given.weights:
        packed(model, table, f"{given.weights}/drawn.npz")


if __name__ == "__main__":
    main()

"""Texts of outsiders as mail carries them: headers, quotation signs, footers, lines of a given width.

Attacks and harmless texts are carried alike, so that how a mail looks gives nothing away. All hosts,
people and lists are composed of syllables.
"""

import random
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace

from training.rows import INPUT, Row

# How many rows are carried for a model: half attacks, half harmless.
CARRIED = 4_000
_SIZES = (60, 2500)
_SYLLABLES = [
    "ar",
    "bel",
    "cor",
    "dan",
    "el",
    "fen",
    "gar",
    "hol",
    "in",
    "jor",
    "kel",
    "lum",
    "mar",
    "nor",
    "or",
    "pel",
    "quin",
    "ros",
    "sal",
    "tor",
    "ul",
    "ver",
    "win",
    "xan",
    "yor",
    "zel",
]
_ENDS = [
    "com",
    "net",
    "org",
    "de",
    "ie",
    "uk",
    "fr",
    "nl",
    "it",
    "es",
    "example",
    "edu",
    "gov",
    "info",
]
_PROGRAMS = (
    "Mutt/1.5.{n}i", "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.{n})", "Evolution 1.{n}.2",
    "Apple Mail (2.{n})", "KMail/1.{n}", "Pegasus Mail for Windows (v4.{n})", "Gnus/5.{n} (Gnus v5.{n})",
    "Roundcube Webmail/1.{n}", "Thunderbird 102.{n}.0",
)  # fmt: skip
_SERVERS = (
    "(Postfix) with ESMTP id {id}", "(8.12.{n}/8.12.{n}) with ESMTP id {id}", "with esmtp (Exim 4.{n})",
    "with SMTP (MDaemon.{n})", "with LMTP id {id}", "with HTTPS; {id}", "(fetchmail-5.9.{n})",
)  # fmt: skip
_FIRST = [
    "Ada",
    "Ben",
    "Carla",
    "Dov",
    "Elin",
    "Femi",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
    "Marek",
    "Nadia",
    "Olu",
    "Priya",
]
_WIDTHS = (60, 66, 72, 76)
# So often a way is chosen anew where it cuts the order.
_TRIES = 4


def carried(rows: Iterable[Row], most: int = CARRIED, seed: int = 37) -> list[Row]:
    """Return at most `most` rows of what outsiders write, as mails: half attacks, half harmless.

    Of attacks only those whose order is marked: a window of headers must not pass for one.
    """
    rng = random.Random(seed)
    outside = [r for r in rows if r.stage != INPUT and _SIZES[0] <= len(r.text) <= _SIZES[1]]
    rng.shuffle(outside)
    harmless = [row for row in outside if row.label == "benign"][: most // 2]
    attacks = [row for row in outside if row.label != "benign" and row.span][: most // 2]
    return [_carried(row, rng) for row in (*attacks, *harmless)]


def _carried(row: Row, rng: random.Random) -> Row:
    for _ in range(_TRIES):
        body = _wrapped(row.text, rng) if rng.random() < 0.5 else row.text
        text = rng.choice(_WAYS)(body, rng)
        if row.span in text:
            return replace(row, text=text)
    return replace(row, text=_short(row.text, rng))


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((1, 2, 2, 3))))


def _host(rng: random.Random) -> str:
    kind = rng.choice(("", "", "mail.", "mx1.", "lists.", "smtp-out."))
    return f"{kind}{_word(rng)}{rng.choice(('', '-' + _word(rng)))}.{rng.choice(_ENDS)}"


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_FIRST)} {_word(rng).capitalize()}"


def _address(rng: random.Random) -> str:
    return f"{_word(rng)}{rng.choice(('', '.' + _word(rng), str(rng.randint(1, 99))))}@{_host(rng)}"


def _date(rng: random.Random) -> str:
    day = rng.choice(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    month = rng.choice(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
    clock = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    zone = rng.choice(("+0000", "-0400", "+0200", "-0800 (PST)", "+0530", "+0100"))
    return f"{day}, {rng.randint(1, 28)} {month} {rng.randint(1999, 2026)} {clock} {zone}"


def _id(rng: random.Random, size: int = 10) -> str:
    return "".join(rng.choices("0123456789ABCDEFabcdef", k=size))


def _subject(body: str, rng: random.Random) -> str:
    words = [one for one in body.split() if one.isalpha()]
    at = rng.randrange(max(1, len(words) - 6))
    prefix = rng.choice(("", "", "Re: ", "Fwd: ", f"[{_word(rng)}] ", f"Re: [{_word(rng)}-users] "))
    return prefix + " ".join(words[at : at + rng.randint(2, 6)])


def _received(rng: random.Random) -> str:
    server = rng.choice(_SERVERS).format(n=rng.randint(1, 19), id=_id(rng))
    address = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    return (
        f"Received: from {_host(rng)} ({_host(rng)} [{address}])\n\tby {_host(rng)} {server}\n"
        f"\tfor <{_address(rng)}>; {_date(rng)}"
    )


def _routing(rng: random.Random) -> list[str]:
    """Return header lines that no reader sees."""
    host = _host(rng)
    lines = [
        f"Return-Path: <{_address(rng)}>", f"Delivered-To: {_address(rng)}",
        f"Message-Id: <{_id(rng, 14)}@{host}>", f"In-Reply-To: <{_id(rng, 12)}@{_host(rng)}>",
        f"References: <{_id(rng, 12)}@{_host(rng)}> <{_id(rng, 9)}@{_host(rng)}>", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit", "Precedence: bulk",
        f"X-Mailer: {rng.choice(_PROGRAMS).format(n=rng.randint(0, 29))}", f"Errors-To: {_address(rng)}",
        f"User-Agent: {rng.choice(_PROGRAMS).format(n=rng.randint(0, 29))}", "X-Priority: 3",
        f"X-Spam-Status: No, hits=-{rng.randint(0, 30)}.{rng.randint(0, 9)} required=5.0\n\ttests=BAYES_00,IN_REP_TO,KNOWN_LIST",
        f"List-Unsubscribe: <http://{host}/mailman/listinfo/{_word(rng)}>,\n    <mailto:{_word(rng)}-request@{host}?subject=unsubscribe>",
        f"List-Help: <mailto:{_word(rng)}-request@{host}?subject=help>", f"Sender: {_word(rng)}-admin@{host}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=sel{rng.randint(1, 9)};\n\tbh={_id(rng, 40)}=;",
        f"X-Beenthere: {_word(rng)}@{host}", f"X-Original-Date: {_date(rng)}", f"Organization: {_word(rng).title()} Ltd",
    ]  # fmt: skip
    rng.shuffle(lines)
    return lines[: rng.randint(3, len(lines))]


def _seen(body: str, rng: random.Random) -> list[str]:
    """Return the header lines that a reader sees."""
    return [
        f"From: {_name(rng)} <{_address(rng)}>", f"To: {_address(rng)}",
        f"Subject: {_subject(body, rng)}", f"Date: {_date(rng)}",
    ]  # fmt: skip


def _raw(body: str, rng: random.Random) -> str:
    lines = [*_routing(rng), *_seen(body, rng)]
    rng.shuffle(lines)
    lines[:0] = [_received(rng) for _ in range(rng.randint(1, 5))]
    first = f"From {_address(rng)}  {_date(rng)}\n" if rng.random() < 0.4 else ""
    return f"{first}{chr(10).join(lines)}\n\n{body}{_foot(rng)}"


def _short(body: str, rng: random.Random) -> str:
    return "\n".join(_seen(body, rng)) + f"\n\n{body}{_foot(rng)}"


def _quoted(body: str, rng: random.Random) -> str:
    mark = rng.choice(("> ", "> ", ">", "| ", ": "))
    lines = "\n".join(mark + line for line in _wrapped(body, rng).splitlines())
    return f"On {_date(rng)}, {_name(rng)} wrote:\n\n{lines}{_foot(rng)}"


def _forwarded(body: str, rng: random.Random) -> str:
    head = "\n".join(_seen(body, rng))
    if rng.random() < 0.5:
        return f"----- Forwarded message from {_name(rng)} <{_address(rng)}> -----\n\n{head}\n\n{body}\n\n----- End forwarded message -----{_foot(rng)}"
    return f"\n\n-----Original Message-----\n{head}\n\n{body}{_foot(rng)}"


def _mime(body: str, rng: random.Random) -> str:
    border = f"----=_NextPart_{_id(rng, 8)}_{_id(rng, 8)}"
    soft = "\n".join(f"{line}=20" if line else line for line in body.splitlines())
    plain = soft if rng.random() < 0.5 else body
    head = f'This is a multi-part message in MIME format.\n\n--{border}\nContent-Type: text/plain;\n\tcharset="iso-8859-1"\nContent-Transfer-Encoding: quoted-printable\n\n'
    return f"{head}{plain}\n\n--{border}--\n"


def _digest(body: str, rng: random.Random) -> str:
    return f"Message: {rng.randint(1, 20)}\n" + _short(body, rng)


def _wrapped(body: str, rng: random.Random) -> str:
    width = rng.choice(_WIDTHS)
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in body.splitlines()
    )


def _foot(rng: random.Random) -> str:
    """Return what programs put below: a signature, a list's address, nothing."""
    name, host, address = _name(rng), _host(rng), _address(rng)
    list_ = _word(rng)
    return rng.choice((
        "", "", f"\n\n-- \n{name}\n{address}", f"\n\n{name.split()[0]}",
        f"\n\n_______________________________________________\n{list_} mailing list\n{list_}@{host}\nhttp://{host}/mailman/listinfo/{list_}",
        f"\n\n-------------------------------------------------------\nThis sf.net email is sponsored by: {name}\nhttp://{host}/{list_}",
        f"\n\nTo unsubscribe, send a mail to {list_}-unsubscribe@{host}",
        f"\n-- \n{name}                 http://{host}/~{list_}/\nPGP: {_id(rng, 8)} {_id(rng, 8)} {_id(rng, 8)}",
    ))  # fmt: skip


_WAYS: tuple[Callable[[str, random.Random], str], ...] = (
    _raw, _raw, _raw, _short, _quoted, _forwarded, _mime, _digest,
)  # fmt: skip

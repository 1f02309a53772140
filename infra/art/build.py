"""Make the vendored art from the packages it comes from: `python -m infra.art.build NPM_FOLDER`.

NPM_FOLDER holds the unpacked packages `@iconify-json/fluent-emoji` (vector art, MIT) and `emojibase-data`
(names in English and Chinese, MIT), each under a folder whose name contains the package's. Every kept piece is
drawn once at 768 px, trimmed, scaled to at most `SIDE` px and stored as AVIF; the meaning of its words is stored as
int8 vectors of the configured embedding engine. The same packages give the same file.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import tomllib
import unicodedata
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from infra.art import INDEX, MEANINGS, PIECES

HERE = Path(__file__).parent
SIDE = 640
QUALITY = 46
EPOCH = (1980, 1, 1, 0, 0, 0)
BODY = """<defs><linearGradient id="shirt" x1="0" y1="20" x2="0" y2="32" gradientUnits="userSpaceOnUse">
<stop stop-color="{light}"/><stop offset="1" stop-color="{dark}"/></linearGradient></defs>
<path d="M3.6 33c0-7.2 3.2-10.4 8.9-10.9h7c5.700.5 8.900 3.700 8.900 10.900z" fill="url(#shirt)"/>
<path d="M12.700 20h6.600v3.300c0 3.700-6.600 3.700-6.600 0z" fill="{skin}"/>
<g transform="translate(5.300 1.200) scale(.668)">{head}</g>"""
SHIRTS = {
    "baby": ("#ffe08a", "#f5b942"),
    "boy": ("#5fb4f0", "#2f7fd0"),
    "girl": ("#ff9db0", "#e0607f"),
    "man": ("#6fc3a5", "#2f8f78"),
    "woman": ("#f7a06b", "#d9633f"),
    "man-beard": ("#8f9be8", "#5560b8"),
    "man-wearing-turban": ("#c9a063", "#8f6a3a"),
    "santa-claus": ("#e2504a", "#b02c34"),
    "old-man": ("#a3b4c4", "#65788c"),
    "old-woman": ("#c9a0dc", "#8d5fae"),
}
SKINS = {"-light": "#f0cdbd", "-medium": "#8f6a5c"}


def slug(label: str) -> str:
    """The icon name that belongs to an emoji's English label."""
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['.!:,()&]", "", plain)).strip("-")


def package(folder: Path, name: str) -> Path:
    """The unpacked package whose folder name contains *name*."""
    found = sorted(path for path in folder.iterdir() if path.is_dir() and re.search(rf"{name}-\d", path.name))
    inner = found[0] / "package"
    return inner if inner.is_dir() else found[0]


def words() -> dict[str, dict[str, list[str]]]:
    """The extra words of each piece by language, from `words.txt`."""
    result: dict[str, dict[str, list[str]]] = {}
    for line in (HERE / "words.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        english, _, chinese = rest.partition("|")
        entry = result.setdefault(name.strip(), {"en": [], "zh": []})
        entry["en"] += [word.strip() for word in english.split(",") if word.strip()]
        entry["zh"] += [word.strip() for word in chinese.split("、") if word.strip()]
    return result


def chosen(data: Path) -> list[dict[str, Any]]:
    """The index entries of all pieces to keep, without pictures, in Unicode order."""
    rules = tomllib.loads((HERE / "kinds.toml").read_text(encoding="utf-8"))
    groups = json.loads((data / "meta/groups.json").read_text(encoding="utf-8"))["subgroups"]
    chinese = {entry["hexcode"]: entry for entry in json.loads((data / "zh/data.json").read_text(encoding="utf-8"))}
    extra, entries = words(), []
    for emoji in json.loads((data / "en/data.json").read_text(encoding="utf-8")):
        name, rule = slug(emoji["label"]), rules["kept"].get(groups.get(str(emoji.get("subgroup"))))
        if rule is None or name in rule.get("drop", ()) or ("only" in rule and name not in rule["only"]):
            continue
        metres, stance = rules["differs"].get(name, (rule["metres"], rule["stance"]))
        translated, more = chinese.get(emoji["hexcode"], {}), extra.get(name, {"en": [], "zh": []})
        entries.append(
            {
                "id": name,
                "emoji": emoji["emoji"][:1],
                "kind": rule["kind"],
                "metres": metres,
                "stance": stance,
                "name": emoji["label"],
                "zh": translated.get("label", ""),
                "words": more["en"],
                "words_zh": more["zh"],
                "tags": emoji.get("tags", []),
                "tags_zh": translated.get("tags", []),
            }
        )
    entries += own(extra)
    unknown = set(extra) - {entry["id"] for entry in entries}
    if unknown:
        raise SystemExit(f"words.txt names pieces that are not kept: {', '.join(sorted(unknown))}")
    return entries


def own(extra: dict[str, dict[str, list[str]]]) -> list[dict[str, Any]]:
    """The index entries of the pieces of `own.toml`."""
    drawn = tomllib.loads((HERE / "own.toml").read_text(encoding="utf-8"))
    none: dict[str, list[str]] = {"en": [], "zh": []}
    return [
        {
            "id": name,
            "emoji": "",
            **{key: value for key, value in entry.items() if key not in {"svg", "words", "words_zh"}},
            "words": [*entry["words"], *extra.get(name, none)["en"]],
            "words_zh": [*entry["words_zh"], *extra.get(name, none)["zh"]],
            "tags": [],
            "tags_zh": [],
        }
        for name, entry in drawn.items()
    ]


def vector(icons: dict[str, Any], entry: dict[str, Any]) -> str:
    """The SVG of a piece: people get a skin tone, lone heads get shoulders."""
    name, skin = entry["id"], ""
    if entry["kind"] == "person":
        skin = (
            "-medium"
            if re.match(r"(man|boy|prince$|old-man)", name) and name not in {"man", "man-standing"}
            else "-light"
        )
        skin = skin if name + skin in icons else ""
    body = icons[name + skin]["body"]
    if name in SHIRTS:
        light, dark = SHIRTS[name]
        body = BODY.format(light=light, dark=dark, skin=SKINS[skin], head=body)
    xmlns = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {xmlns} viewBox="0 0 32 32" width="768" height="768">{body}</svg>'


def picture(svg: str) -> tuple[bytes, int, int]:
    """The trimmed AVIF of *svg*, with its width and height in pixels."""
    import resvg_py
    from PIL import Image

    drawn = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=768, height=768)))).convert("RGBA")
    drawn = drawn.crop(drawn.getchannel("A").point(lambda value: 255 if value > 12 else 0).getbbox())
    drawn.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    drawn.save(out, format="AVIF", quality=QUALITY, speed=6, max_threads=1)
    return out.getvalue(), drawn.width, drawn.height


def drawn_before() -> dict[str, tuple[bytes, int, int]]:
    """Pictures of the present `pieces.zip` by the hash of their SVG: only what changed is drawn again."""
    if not PIECES.exists():
        return {}
    with zipfile.ZipFile(PIECES) as archive:
        entries = json.loads(INDEX.read_text(encoding="utf-8"))
        return {
            entry["svg"]: (archive.read(f"{entry['id']}.avif"), entry["width"], entry["height"]) for entry in entries
        }


def draw(vectors: list[str]) -> list[tuple[bytes, int, int]]:
    """The picture of each SVG, in order."""
    known = drawn_before()
    new = [svg for svg in vectors if sha(svg) not in known]
    with ProcessPoolExecutor(2) as pool:
        known |= {sha(svg): made for svg, made in zip(new, pool.map(picture, new, chunksize=4), strict=True)}
    return [known[sha(svg)] for svg in vectors]


def sha(svg: str) -> str:
    """The first half of the SVG's SHA-256."""
    return hashlib.sha256(svg.encode()).hexdigest()[:32]


def write_pieces(folder: Path) -> None:
    """Write `pieces.zip` and `index.json` beside this file."""
    art = json.loads((package(folder, "iconify-json-fluent-emoji") / "icons.json").read_text(encoding="utf-8"))["icons"]
    art |= {
        name: {"body": entry["svg"]}
        for name, entry in tomllib.loads((HERE / "own.toml").read_text(encoding="utf-8")).items()
    }
    entries = [entry for entry in chosen(package(folder, "emojibase-data")) if entry["id"] in art]
    vectors = [vector(art, entry) for entry in entries]
    pictures = draw(vectors)
    with zipfile.ZipFile(PIECES, "w") as archive:
        for entry, svg, (data, width, height) in zip(entries, vectors, pictures, strict=True):
            entry["svg"], entry["width"], entry["height"] = sha(svg), width, height
            archive.writestr(zipfile.ZipInfo(f"{entry['id']}.avif", EPOCH), data)
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    INDEX.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def write_meanings() -> None:
    """Write `meanings.npz`: what the configured embedding engine makes of all words, as int8."""
    from infra.engines.image.meaning import embedded
    from infra.settings import settings

    made = embedded(settings().embed)
    rows = np.round(made.rows / np.abs(made.rows).max(axis=1, keepdims=True) * 127).astype(np.int8)
    parts = {
        "identity": np.array(made.identity),
        "names": np.array(made.names),
        "texts": np.array(made.texts),
        "rows": rows,
    }
    with zipfile.ZipFile(MEANINGS, "w") as archive:
        for name, value in parts.items():
            out = io.BytesIO()
            np.lib.format.write_array(out, value)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", EPOCH), out.getvalue(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    write_pieces(Path(sys.argv[1]))
    write_meanings()

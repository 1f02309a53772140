"""What each mood sounds like: data only. One measure is 16 steps of a quarter pulse; see `Part` for the signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)

PIANO, RHODES, CELESTA, MUSIC_BOX, VIBES, MARIMBA, NYLON = 0, 4, 8, 10, 11, 12, 24
UPRIGHT, FINGERED, PIZZICATO, HARP, TIMPANI, STRINGS = 32, 33, 45, 46, 47, 48
CHOIR, HORNS, FLUTE, WARM_PAD, GLASS, TAIKO = 53, 60, 73, 89, 92, 116
STRUCK = frozenset({PIANO, RHODES, CELESTA, MUSIC_BOX, VIBES, MARIMBA, NYLON, UPRIGHT, FINGERED})
STRUCK |= {PIZZICATO, HARP, TIMPANI, TAIKO}

KICK, STICK, SNARE, CLAP, HAT, PEDAL, OPEN = 36, 37, 38, 39, 42, 44, 46
CRASH, RIDE, TAMBOURINE, CABASA, MARACAS, BLOCK, SHAKER = 49, 51, 54, 69, 70, 77, 82

Role = Literal["pad", "chords", "arp", "bass", "melody", "drums"]


@dataclass(frozen=True)
class Part:
    """One player.

    `patterns` are alternatives, chosen by the seed. In each, `.` is silence and `-` holds the note before;
    chords: `x`; arp: the index of a chord tone, upwards from `low`; bass: `R` root, `5` fifth, `8` octave, `3` third;
    drums: loudness 1–9, one pattern per key of the kit. `fill` is played in the last measure of a section.
    """

    role: Role
    preset: int = 0
    level_db: float = 0.0
    pan: float = 0.0
    send: float = 0.25
    low: int = 48
    high: int = 72
    voices: int = 3
    patterns: tuple[str, ...] = ()
    fill: str = ""
    kit: tuple[dict[int, str], ...] = ()
    kit_fill: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mood:
    """Key, harmony, players, and who plays when."""

    tonics: tuple[int, ...]
    scale: tuple[int, ...]
    pulse: float
    """The tempo at which its patterns feel right; far from it they run at half or double speed."""
    verse: tuple[str, ...]
    bridge: tuple[str, ...]
    cadence: str
    final: str
    parts: dict[str, Part]
    layers: dict[str, tuple[str, ...]]
    motifs: tuple[str, ...]
    reverb_s: float = 1.8


MOODS: dict[str, Mood] = {
    "calm": Mood(
        tonics=(0, 2, 5, 7),
        scale=MAJOR,
        pulse=78,
        verse=("Iadd9 vi7 IVmaj7 Vsus4", "Imaj7 IVmaj7 vi7 IVmaj7", "Iadd9 iii7 IVmaj7 Vsus2"),
        bridge=("vi7 IVmaj7 Iadd9 Vsus4", "ii7 vi7 IVmaj7 V"),
        cadence="IVmaj7 Vsus4",
        final="Iadd9",
        parts={
            "pad": Part("pad", WARM_PAD, -3, send=0.4, low=50, high=74, voices=4),
            "keys": Part(
                "chords",
                RHODES,
                -9,
                -0.25,
                0.3,
                50,
                72,
                3,
                ("x-------........", "x-----x---------", "x-------..x-----"),
            ),
            "guitar": Part(
                "arp",
                NYLON,
                -2,
                0.3,
                0.3,
                52,
                patterns=("0-1-2-3-2-1-2-1-", "0---2-1-3---2-1-", "0-2-1-3-2-1-3-2-"),
                fill="0-1-2-3-4-3-2-1-",
            ),
            "bass": Part("bass", UPRIGHT, -5, 0, 0.05, 31, patterns=("R---------5-----", "R-------R---5---")),
            "bells": Part("melody", CELESTA, -4, -0.1, 0.5, 67, 84),
            "shaker": Part(
                "drums",
                0,
                -3,
                0.15,
                0.15,
                kit=({SHAKER: "3.2.4.2.3.2.4.2."}, {SHAKER: "..2.4.2...2.4.2.", KICK: "4.......4......."}),
            ),
        },
        layers={
            "intro": ("pad", "guitar", "keys", "bass"),
            "A": ("pad", "guitar", "keys", "bass", "bells"),
            "B": ("pad", "guitar", "keys", "bass", "bells", "shaker"),
            "C": ("pad", "keys", "bells"),
        },
        motifs=(
            "x---..x-x-------x-----..........",
            "....x-x-x-------....x-x-x-------",
            "x-----x---x-------..x-----------",
        ),
        reverb_s=2.2,
    ),
    "happy": Mood(
        tonics=(0, 2, 5, 7, 9),
        scale=MAJOR,
        pulse=114,
        verse=("I V vi IV", "I IV vi V", "I vi IV V"),
        bridge=("IV V iii7 vi", "vi IV I V", "ii7 V I IV"),
        cadence="IV V",
        final="I",
        parts={
            "marimba": Part(
                "arp",
                MARIMBA,
                0,
                0.3,
                0.2,
                57,
                patterns=("0.1.2.1.3.2.1.2.", "0.12.1.20.12.1.2", "0.2.1.2.3.2.1.2."),
                fill="0.1.2.3.4.3.2.1.",
            ),
            "piano": Part(
                "chords",
                PIANO,
                -3,
                -0.25,
                0.2,
                52,
                74,
                3,
                ("x--.x--.x--.x--.", "x-....x-..x-....", "x--...x-....x--."),
            ),
            "pizz": Part("chords", PIZZICATO, -7, 0.15, 0.3, 55, 76, 2, ("..x...x...x...x.", "....x.......x...")),
            "bass": Part(
                "bass", FINGERED, -9, 0, 0.03, 31, patterns=("R--.R-5-R--.5-R-", "R-..R-..5-..R-5-", "R-----R-5-----5-")
            ),
            "box": Part("melody", MUSIC_BOX, -8, -0.15, 0.35, 67, 86),
            "drums": Part(
                "drums",
                0,
                -5,
                0,
                0.08,
                kit=(
                    {
                        KICK: "7.......7.....4.",
                        CLAP: "....5.......5...",
                        HAT: "3.2.4.2.3.2.4.2.",
                        TAMBOURINE: "....3.......3...",
                    },
                    {KICK: "7.....4.7.......", STICK: "....6.......6..2", SHAKER: "4.2.4.2.4.2.4.2."},
                ),
                kit_fill={KICK: "7.......7...6...", SNARE: "........3.4.5.67"},
            ),
        },
        layers={
            "intro": ("marimba", "pizz", "bass"),
            "A": ("marimba", "piano", "pizz", "bass", "box", "drums"),
            "B": ("marimba", "piano", "pizz", "bass", "box", "drums"),
            "C": ("piano", "pizz", "bass"),
        },
        motifs=(
            "x-x-x---x-x-....x---x-..........",
            "..x-x-x-x---....x-x-x---........",
            "x---x-x-..x-x---x-----..........",
        ),
        reverb_s=1.3,
    ),
    "epic": Mood(
        tonics=(0, 2, 4, 9),
        scale=MINOR,
        pulse=98,
        verse=("i bVI bIII bVII", "i bVII bVI bVII", "i iv bVI bVII"),
        bridge=("bVI bVII i bIII", "bVI bIII bVII iv"),
        cadence="bVI bVII",
        final="I",
        parts={
            "strings": Part("pad", STRINGS, -7, -0.1, 0.45, 48, 72, 4),
            "choir": Part("pad", CHOIR, -9, 0.15, 0.55, 55, 74, 3),
            "low": Part("bass", STRINGS, -4, 0.1, 0.3, 31, patterns=("R---------------", "R-------R-------")),
            "piano": Part(
                "arp",
                PIANO,
                -2,
                0.2,
                0.3,
                48,
                patterns=("0-1-2-1-3-1-2-1-", "0.102.103.102.10", "0-0-2-1-0-0-3-1-"),
                fill="0-1-2-3-4-3-5-4-",
            ),
            "horns": Part("melody", HORNS, -11, -0.2, 0.5, 50, 69),
            "timpani": Part("bass", TIMPANI, -4, 0.05, 0.4, 38, patterns=("R...........R.R.", "R.......R...R...")),
            "taiko": Part(
                "drums",
                0,
                -5,
                0,
                0.4,
                kit=(
                    {KICK: "8.....5.7.......", 35: "....3.......4.3."},
                    {KICK: "8..5..5.8.......", SNARE: "....2.......3..."},
                ),
                kit_fill={KICK: "8...6...7.6.7.8.", SNARE: "2.2.3.3.4.4.5566"},
            ),
        },
        layers={
            "intro": ("strings", "piano", "low"),
            "A": ("strings", "low", "piano", "timpani", "horns"),
            "B": ("strings", "choir", "low", "piano", "timpani", "horns", "taiko"),
            "C": ("choir", "strings", "piano"),
        },
        motifs=(
            "x-------x---x---x---------------",
            "x---x---x-------x-------x-------",
            "x-----x-x-------x---------------",
        ),
        reverb_s=2.4,
    ),
    "mysterious": Mood(
        tonics=(2, 4, 7, 9),
        scale=DORIAN,
        pulse=80,
        verse=("iadd9 bVIImaj7 iadd9 IVadd9", "iadd9 v7 bIIImaj7 IV", "i7 IV7 iadd9 IVadd9"),
        bridge=("bIIImaj7 iv7 v7 iadd9", "IVadd9 iadd9 v7 v7"),
        cadence="iv7 v7",
        final="iadd9",
        parts={
            "glass": Part("pad", GLASS, -14, 0.15, 0.5, 50, 72, 3),
            "choir": Part("pad", CHOIR, -9, -0.15, 0.6, 50, 70, 3),
            "harp": Part(
                "arp",
                HARP,
                0,
                0.3,
                0.45,
                50,
                patterns=("0-1-2-3-4-......", "0-2-1-3-..2-1-..", "..0-2-1-3-4-3-2-"),
                fill="0-1-2-3-4-5-4-2-",
            ),
            "bass": Part("bass", UPRIGHT, -6, 0, 0.15, 31, patterns=("R-----------....", "R-----....5---..")),
            "vibes": Part("melody", VIBES, -5, -0.25, 0.5, 62, 81),
            "ticks": Part(
                "drums",
                0,
                1,
                0.1,
                0.35,
                kit=(
                    {RIDE: "3.......2.....2.", BLOCK: "....3.....2....."},
                    {SHAKER: "..2...2...2...2.", STICK: "......3.......2."},
                ),
            ),
        },
        layers={
            "intro": ("choir", "harp", "bass"),
            "A": ("choir", "harp", "bass", "vibes"),
            "B": ("glass", "choir", "harp", "bass", "vibes", "ticks"),
            "C": ("glass", "harp"),
        },
        motifs=(
            "x---..x---......x-----..........",
            "....x-x---x-----....x---x-------",
            "x-----x---..x---........x-------",
        ),
        reverb_s=2.6,
    ),
    "sad": Mood(
        tonics=(0, 2, 4, 9, 11),
        scale=MINOR,
        pulse=72,
        verse=("iadd9 bVImaj7 bIII bVII", "i iv7 bVII bIIImaj7", "iadd9 bVImaj7 iv7 v7"),
        bridge=("bVImaj7 bIII iv7 iadd9", "iv7 iadd9 bVImaj7 V"),
        cadence="iv7 V",
        final="iadd9",
        parts={
            "strings": Part("pad", STRINGS, -12, -0.1, 0.5, 50, 72, 3),
            "piano": Part(
                "arp",
                PIANO,
                2,
                0.1,
                0.3,
                48,
                patterns=("0---1---2---1---", "0-1-2-3-2---1---", "0---2-1-3---2-1-"),
                fill="0-1-2-3-4---2---",
            ),
            "bass": Part("bass", UPRIGHT, -6, 0, 0.1, 31, patterns=("R---------------", "R-----------5---")),
            "pad": Part("pad", WARM_PAD, -7, 0.15, 0.4, 48, 69, 3),
            "flute": Part("melody", FLUTE, -14, -0.2, 0.55, 62, 79),
            "harp": Part("chords", HARP, -5, 0.35, 0.4, 55, 76, 2, ("........x-------", "............x---")),
        },
        layers={
            "intro": ("piano", "pad"),
            "A": ("piano", "pad", "bass", "flute"),
            "B": ("piano", "strings", "pad", "bass", "flute", "harp"),
            "C": ("piano", "strings"),
        },
        motifs=(
            "x-------x---x---x-----------....",
            "....x---x---x-------x-----------",
            "x-----x-x-------x---x-----------",
        ),
        reverb_s=2.4,
    ),
    "tense": Mood(
        tonics=(0, 2, 4, 9),
        scale=MINOR,
        pulse=112,
        verse=("i i bVI bVI", "i bVI i v", "i i iv bVI"),
        bridge=("iv iv bVI V", "bVI bVI bVII v"),
        cadence="bVI V",
        final="i5",
        parts={
            "strings": Part("pad", STRINGS, -10, 0.1, 0.35, 45, 67, 3),
            "pizz": Part(
                "arp",
                PIZZICATO,
                -2,
                0.25,
                0.25,
                48,
                patterns=("0.0.1.0.0.2.1.0.", "0.001.002.001.00", "0..0..1.0..0..2."),
                fill="0.0.1.1.2.2.3.3.",
            ),
            "ostinato": Part(
                "bass", FINGERED, -8, 0, 0.08, 28, patterns=("R-R-R-R-R-R-R-R-", "R-R-..R-R-R-..R-", "R-..R-R-8-..R-R-")
            ),
            "piano": Part("chords", PIANO, -3, -0.3, 0.45, 43, 62, 2, ("x---------------", "x-----x---------")),
            "glass": Part("melody", GLASS, -11, -0.15, 0.6, 60, 76),
            "pulse": Part(
                "drums",
                0,
                -5,
                0,
                0.2,
                kit=(
                    {KICK: "7.....5.7.......", HAT: "2.3.2.3.2.3.2.33", BLOCK: "......3.......2."},
                    {KICK: "7...4...7...4...", STICK: "..3...3...3...3.", SHAKER: "2222222222222222"},
                ),
                kit_fill={KICK: "7...5...6.6.7777", SNARE: "........2.2.3344"},
            ),
            "taiko": Part("bass", TAIKO, -2, 0.05, 0.35, 48, patterns=("R.....R.........", "R.........R.....")),
        },
        layers={
            "intro": ("ostinato", "pizz", "strings"),
            "A": ("ostinato", "pizz", "strings", "piano", "pulse"),
            "B": ("ostinato", "pizz", "strings", "piano", "pulse", "taiko", "glass"),
            "C": ("strings", "piano", "taiko", "glass"),
        },
        motifs=("x---------------x-------x-------", "x-------x-------x---------------"),
        reverb_s=1.6,
    ),
}

"""The words of the public pages, in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.studio.shell import Language

LOCALES: dict[Language, str] = {"zh-CN": "zh_CN", "en": "en_US"}
PARTS = ("script", "pictures", "voice", "music")
"""What a film consists of, by the names of their words."""
WORDS: dict[Language, dict[str, str]] = {
    "zh-CN": {
        "badge": "AI 生成", "by_machine": "{parts}由 AI 生成。", "own": "{parts}为作者自有素材。", "and": "、",
        "script": "脚本", "pictures": "画面", "voice": "配音", "music": "音乐",
        "own_shots": "{shots} 个镜头中 {n} 个的画面", "own_song": "配乐",
        "share": "分享", "link": "链接", "qr": "本页的二维码", "download": "下载视频（MP4，{mb} MB）",
        "embed": "嵌入代码", "said": "解说词", "captions": "中文字幕", "play": "播放视频", "flywheel": "由创作飞轮制作",
    },
    "en": {
        "badge": "AI-made", "by_machine": "Made by AI: {parts}.", "own": " The author’s own: {parts}.", "and": ", ",
        "script": "script", "pictures": "pictures", "voice": "voice", "music": "music",
        "own_shots": "the pictures of {n} of {shots} shots", "own_song": "the music",
        "share": "Share", "link": "Link", "qr": "QR code of this page", "download": "Download (MP4, {mb} MB)",
        "embed": "Embed code", "said": "Transcript", "captions": "English captions", "play": "Play the film",
        "flywheel": "made with Flywheel",
    },
}  # fmt: skip
ENGINES: dict[Language, dict[str, str]] = {
    "zh-CN": {"text": "脚本", "image": "画面", "speech": "配音", "music": "音乐"},
    "en": {"text": "script", "image": "pictures", "speech": "voice", "music": "music"},
}
GONE: dict[Language, dict[int, tuple[str, str]]] = {
    "zh-CN": {
        403: ("这部片子不能在此播放", "作者没有允许在其他网站上嵌入它。"),
        404: ("这里没有片子", "请检查链接是否完整：它可能少了几个字符。"),
        410: ("片子已撤回", "作者撤回了这部片子。重新发布后，原链接会继续有效。"),
    },
    "en": {
        403: ("This film cannot be shown here", "Its author does not let other sites embed it."),
        404: ("There is no film here", "Check that the link is whole: some of its characters may be missing."),
        410: ("This film was withdrawn", "Its author took it back. Published again, it will be here again."),
    },
}

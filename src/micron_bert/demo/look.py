"""Type and colours of the page: system fonts, which nobody has to fetch, and hues that the colour-blind tell apart."""

import gradio as gr

_TEXT = [gr.themes.Font(name) for name in ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")]
_MONO = [gr.themes.Font(name) for name in ("ui-monospace", "SFMono-Regular", "Menlo", "monospace")]

CSS = """
:root { --curve: #0072b2; --found: #e69f00; }
.dark { --curve: #56b4e9; --found: #f0b440; --color-accent: #60a5fa !important; }
.gradio-container { max-width: 1120px !important; margin: 0 auto !important; }
#notice { font-size: 14px; border-left: 3px solid var(--found); border-radius: 0; padding: 2px 0 2px 14px; }
#notice p { margin: 0 0 4px; line-height: 1.5; }
.hint p { color: var(--body-text-color-subdued); font-size: 14px; line-height: 1.5; margin: 0; }
.verdict h3 { margin: 0 0 4px; font-size: 22px; }
.verdict p { margin: 0; }
video { max-height: 60vh; }
.html-container { padding: 0 !important; }
/* the dot between the links, which Gradio leaves on a phone when it hides the first of them */
footer .divider { visibility: hidden; }
"""


def theme() -> gr.themes.Base:
    """Plain, with blue for what can be pressed; all text has a contrast of 4.5 to what is behind it."""
    hues = {"primary_hue": gr.themes.colors.blue, "neutral_hue": gr.themes.colors.slate}
    return gr.themes.Default(**hues, font=_TEXT, font_mono=_MONO).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        color_accent="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
    )

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
.verdict h2 { margin: 0 0 4px; font-size: 22px; }
.verdict p { margin: 0 0 2px; }
video { max-height: 60vh; }
.unplayable { margin: 4px 12px; font-size: 14px; color: var(--body-text-color); }
/* thumbnails of one size, and the sign before their title as large as Gradio means it */
.examples > .gallery { display: grid !important; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.examples .gallery-item { width: 100%; aspect-ratio: 1; }
.examples .gallery-item :is(span, .container, video) {
  display: block; width: 100% !important; height: 100% !important; max-width: none !important;
  max-height: none !important;
  object-fit: cover;
}
.examples .gallery-item .overlay { display: none; }
.examples .label svg { flex: none; }
.examples table { table-layout: fixed; width: 100%; }
.examples th { white-space: normal !important; }
.verdict img { display: block; max-width: 240px; margin-top: 8px; border-radius: 8px; }
@media (max-width: 700px) {
  #notice, #notice p, .hint p, .verdict p { font-size: 13px !important; line-height: 1.4; }
  video { max-height: 36vh; }
  .examples > .gallery { grid-template-columns: repeat(6, 1fr); gap: 4px; }
  /* the answer at once: what led to it is small, and what comes next is below */
  .sides:has(.pair[data-state=shown]) { display: flex; flex-direction: column; }
  .sides:has(.pair[data-state=shown]) > .given { display: contents; }
  .sides:has(.pair[data-state=shown]) .examples { order: 1; }
  .sides:has(.pair[data-state=shown]) .hint { display: none; }
  .sides:has(.pair[data-state=shown]) video { max-height: 22vh; }
  #introduction:has(~ * .pair[data-state=shown]) p { display: none; }
}
/* where to hold the face: an oval over the camera, which lets clicks through */
#camera { position: relative; }
#camera:has(video)::after {
  content: ""; position: absolute; left: 50%; top: 50%; height: 62%; aspect-ratio: 3 / 4; border-radius: 50%;
  transform: translate(-50%, -54%); border: 2px dashed rgb(255 255 255 / 0.8); pointer-events: none;
}
/* under the picture, not over the mouth */
#camera .button-wrap, #camera .controls { position: static !important; transform: none !important; margin: 6px auto; }
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

"""The demo: a page where visitors upload, record or stream a face. Gradio is needed by `app` and `views` only."""

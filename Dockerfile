# micron-bert on a CPU, without torch: the web page, `recognize` and `spot`.
#
#     docker build -t micron-bert .
#     docker run --rm -p 7860:7860 micron-bert                                          # the page, http://localhost:7860
#     docker run --rm -v "$PWD:/films" micron-bert spot interview.mp4 --output out      # a command, on your folder

FROM python:3.12-slim AS wheel
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 MICRON_BERT_FACE_MODELS=/opt/face_models
WORKDIR /install
COPY requirements.txt .
COPY --from=wheel /wheels .
# what the commands and the page import without torch, in the versions that are tested together
RUN pip install -c requirements.txt \
        ai-edge-litert av gradio huggingface_hub matplotlib numpy onnxruntime opencv-python-headless pillow pyyaml rich \
        scikit-image scipy tqdm \
    && pip install --no-deps *.whl \
    && micron-bert fetch-face-models \
    && rm -r /install/*
RUN useradd --create-home visitor && mkdir /films && chown visitor /films
USER visitor
# the examples of the page and the list of fonts, so that both are there at the start
RUN python -c "import matplotlib.font_manager; from micron_bert.synthesis.example_clips import make_examples; make_examples()"
WORKDIR /films
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:7860')"]
ENTRYPOINT ["micron-bert"]
CMD ["demo", "--host", "0.0.0.0"]

// The visitor's camera.

const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 }, facingMode: "user" };
const REASONS = {
  NotFoundError: "There is no camera; connect one, or choose a film.",
  NotAllowedError: "The browser does not let this page use the camera; allow it in the address bar, or choose a film.",
  NotReadableError: "The camera is busy; close the other program that uses it, or choose a film.",
};

/** Gives a picture of the camera whenever one is asked for; `failed` hears a sentence when the camera is gone. */
export class Camera {
  constructor(video, failed) {
    this.video = video;
    this.failed = failed;
    this.stream = null;
  }

  /** Throws an error with a sentence where there is no camera. */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error("This page gets no camera here; open it by https.");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
    } catch (error) {
      throw new Error(REASONS[error.name] ?? `The camera cannot be used (${error.name}); choose a film.`);
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.failed("The camera was taken away; connect it again, or choose a film."));
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
  }

  /** The next picture and its time in seconds; null where the camera was stopped meanwhile. */
  async next() {
    const { stream } = this;
    const time = await new Promise((resolve) => {
      if (this.video.requestVideoFrameCallback) {
        this.video.requestVideoFrameCallback((now, { mediaTime }) => resolve(mediaTime || now / 1000));
      } else requestAnimationFrame((now) => resolve(now / 1000));
    });
    if (!stream || this.stream !== stream) return null;
    return { bitmap: await createImageBitmap(this.video), time };
  }
}

() => {
  const UNPLAYABLE = "Your browser cannot play this film; the analysis reads more kinds of film than a browser.";
  // the verdict is read out when it comes, without the focus being moved
  document.querySelectorAll(".verdict.prose").forEach((verdict) => verdict.setAttribute("aria-live", "polite"));
  // a browser plays fewer kinds of film than can be analysed; errors of media do not bubble
  document.addEventListener("error", (event) => {
    const film = event.target;
    if (film.tagName !== "VIDEO" || !film.currentSrc || film.closest(".examples")) return;
    const place = film.closest(".block") || film.parentElement;
    if (place.querySelector(".unplayable")) return;
    const note = document.createElement("p");
    note.className = "unplayable";
    note.setAttribute("role", "status");
    note.textContent = UNPLAYABLE;
    place.append(note);
  }, true);
  document.addEventListener("loadeddata", (event) => {
    if (event.target.tagName === "VIDEO") document.querySelectorAll(".unplayable").forEach((note) => note.remove());
  }, true);
  // what Gradio draws later: examples have no names, and its messages are not ours: a film that a browser cannot play is no error
  const mend = () => {
    document.querySelectorAll(".examples .gallery-item:not([aria-label])").forEach((item) => {
      item.setAttribute("aria-label", `Example ${[...item.parentElement.children].indexOf(item) + 1}`);
    });
    document.querySelectorAll(".toast-message-text").forEach((text) => {
      if (text.textContent === "Video not playable") text.closest(".toast-body").querySelector(".toast-close")?.click();
      const large = text.textContent.match(/^File\(s\) exceed the maximum allowed size of ([0-9.]+) M[Bb]: (.*)$/);
      if (large) text.textContent = `${large[2].replace(/"([^"]*)"/g, "“$1”")} is too large; the demo takes up to ${Number(large[1])} MiB.`;
    });
  };
  new MutationObserver(mend).observe(document.body, {childList: true, subtree: true});
  mend();
}

() => {
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
    note.textContent = "Your browser cannot play this film; it can be analysed all the same.";
    place.append(note);
  }, true);
  document.addEventListener("loadeddata", (event) => {
    if (event.target.tagName === "VIDEO") document.querySelectorAll(".unplayable").forEach((note) => note.remove());
  }, true);
}

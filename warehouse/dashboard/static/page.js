// Sends the filters as soon as one changes, and reads the page again each minute while nobody is in the middle of something.
"use strict";
const form = document.querySelector("form.filters");
if (form) {
  form.querySelector("button").classList.add("hidden");
  form.addEventListener("change", () => form.requestSubmit());
}
setInterval(() => {
  const isBusy = document.querySelector("details[open]") || document.activeElement.closest("form, pre, .scroll");
  if (document.visibilityState === "visible" && !isBusy) location.reload();
}, 60000);

const form = document.querySelector("form");

/** Both go in base64, and the page that follows says what came of it. */
form.addEventListener("submit", () => {
  form.elements.namedItem("name").value = btoa(form.elements.namedItem("user").value);
  form.elements.namedItem("pwd").value = btoa(form.elements.namedItem("password").value);
});
form.hidden = false;

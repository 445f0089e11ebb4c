// The page: shows one view at a time by the address's hash and ends the one before.
import { isLoggedIn, logOut } from "./api.js";
import { element } from "./dom.js";
import { showLogin } from "./views/login.js";
import { showOverview } from "./views/overview.js";
import { showSerial } from "./views/serial.js";

const VIEWS = {
  "#/": { title: "Overview", show: showOverview },
  "#/console/kvm": { title: "KVM console", show: showKvm },
  "#/console/serial": { title: "Serial console", show: showSerial },
};

let endView = () => {};

function route() {
  endView();
  endView = () => {};
  const view = VIEWS[location.hash || "#/"];
  if (location.hash === "#/login" || !isLoggedIn()) {
    document.body.replaceChildren(showLogin());
  } else if (view === undefined) {
    location.replace("#/");
  } else {
    const main = element("main", {});
    document.body.replaceChildren(header(), main);
    endView = view.show(main);
  }
}

function header() {
  const links = Object.entries(VIEWS).map(([hash, { title }]) =>
    element("a", { href: hash, ariaCurrent: hash === (location.hash || "#/") ? "page" : null }, title),
  );
  const leave = element("button", { type: "button", className: "quiet", onclick: leaveController }, "Log out");
  return element(
    "header",
    {},
    element("span", { className: "brand" }, element("img", { src: "/favicon.svg", alt: "" }), "k7f3"),
    element("nav", {}, ...links),
    leave,
  );
}

async function leaveController() {
  endView();
  endView = () => {};
  await logOut();
  location.hash = "#/login";
}

/** noVNC is large: loaded when it is needed, and not shown if the person has gone elsewhere by then. */
function showKvm(main) {
  let end = () => {};
  let ended = false;
  import("./views/kvm.js").then(
    (view) => {
      if (!ended) end = view.showKvm(main);
    },
    (error) => main.append(element("p", { className: "notice" }, `The viewer could not be loaded: ${error.message}`)),
  );
  return () => {
    ended = true;
    end();
  };
}

addEventListener("hashchange", route);
route();

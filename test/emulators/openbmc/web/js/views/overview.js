import { get, send } from "../api.js";
import { element } from "../dom.js";

const DUMP = "/redfish/v1/Managers/bmc/LogServices/Dump/Entries/1/attachment";
const FIRMWARE = "/redfish/v1/UpdateService/update";

/** The server at a glance, with readings that follow the event stream. */
export function showOverview(main) {
  const machine = card("Server");
  const controller = card("Controller");
  const power = powerCard();
  const readings = readingsCard();
  main.append(
    element("div", { className: "title" }, element("h1", {}, "Overview"), consoleLinks()),
    element("div", { className: "cards" }, machine.card, power.card, readings.card, controller.card, maintenanceCard()),
  );
  const fail = (error) => main.prepend(element("p", { className: "notice" }, error.message));
  get("/redfish/v1/Systems/system").then((system) => {
    machine.list(describeSystem(system));
    power.set(system.PowerState);
  }, fail);
  get("/redfish/v1/Managers/bmc").then((manager) => controller.list(describeManager(manager)), fail);

  const events = new EventSource("/redfish/v1/EventService/SSE");
  events.onmessage = (message) => {
    const now = JSON.parse(message.data).Events[0].Oem.Emulator;
    readings.set(now);
    power.set(now.PowerState);
  };
  return () => events.close();
}

function consoleLinks() {
  return element(
    "div",
    { className: "actions" },
    element("a", { className: "button", href: "#/console/kvm" }, "Open KVM console"),
    element("a", { className: "button quiet", href: "#/console/serial" }, "Open serial console"),
  );
}

function card(title, ...content) {
  const list = element("dl", {});
  const made = element("section", { className: "card" }, element("h2", {}, title), list, ...content);
  const show = (rows) =>
    list.replaceChildren(...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  return { card: made, list: show };
}

function describeSystem(system) {
  return [
    ["Manufacturer", system.Manufacturer],
    ["Model", system.Model],
    ["Serial number", system.SerialNumber],
    ["Processors", `${system.ProcessorSummary.Count} × ${system.ProcessorSummary.Model}`],
    ["Memory", `${system.MemorySummary.TotalSystemMemoryGiB} GiB`],
    ["BIOS", system.BiosVersion],
  ];
}

function describeManager(manager) {
  return [
    ["Firmware", manager.FirmwareVersion],
    ["Health", manager.Status.Health],
    ["Clock", manager.DateTime.replace("T", " ").replace(/\..*/, " UTC")],
    ["KVM slots", String(manager.GraphicalConsole.MaxConcurrentSessions)],
  ];
}

function powerCard() {
  const state = element("p", { className: "power" }, "…");
  const reset = (type) => async () => {
    await send("POST", "/redfish/v1/Systems/system/Actions/ComputerSystem.Reset", JSON.stringify({ ResetType: type }));
  };
  const on = element("button", { type: "button", onclick: reset("On") }, "Power on");
  const off = element("button", { type: "button", className: "quiet", onclick: reset("ForceOff") }, "Power off");
  const made = card("Power", state, element("div", { className: "actions" }, on, off));
  const set = (power) => {
    state.textContent = power;
    state.dataset.power = power;
    on.disabled = power === "On";
    off.disabled = power === "Off";
  };
  return { card: made.card, set };
}

function readingsCard() {
  const rows = [
    { key: "watts", name: "Power draw", unit: "W", max: 600 },
    { key: "processorCelsius", name: "Processors", unit: "°C", max: 95 },
    { key: "inletCelsius", name: "Inlet air", unit: "°C", max: 45 },
    { key: "fanPercent", name: "Fans", unit: "%", max: 100 },
  ].map((row) => ({ ...row, meter: element("meter", { max: row.max }), value: element("span", {}, "…") }));
  const lines = rows.map((row) =>
    element("div", { className: "reading" }, element("span", {}, row.name), row.value, row.meter),
  );
  const made = card("Live readings", ...lines);
  const set = (now) => {
    for (const row of rows) {
      row.meter.value = now[row.key];
      row.value.textContent = `${now[row.key]} ${row.unit}`;
    }
  };
  return { card: made.card, set };
}

function maintenanceCard() {
  const answer = element("p", { className: "answer" });
  const upload = async (event) => {
    const [file] = event.target.files;
    answer.textContent = "Uploading…";
    const response = await send("POST", FIRMWARE, file, "application/octet-stream");
    const task = response.ok ? (await response.json()).Oem.Emulator : null;
    answer.textContent =
      task === null ? `Refused: ${response.status}` : `${task.Length} bytes arrived, SHA-256 ${task.Sha256}`;
  };
  const picker = element("input", { type: "file", name: "firmware", onchange: upload });
  const download = element("a", { className: "button quiet", href: DUMP, download: "" }, "Download dump (1 MiB)");
  return card("Maintenance", download, element("label", {}, "Upload a firmware image", picker), answer).card;
}

import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { Machine } from "./machine.ts";

const RESET_BYTES = 4096;
const RESET = "/redfish/v1/Systems/system/Actions/ComputerSystem.Reset";

/** The Redfish resources that a web page and a script need: the service root for everyone, the rest after a log-in. */
export function redfishRoutes(machine: Machine, now: () => number): Route[] {
  const resources: Readonly<Record<string, () => object>> = {
    "/redfish/v1/Systems": () => collection("ComputerSystemCollection", ["/redfish/v1/Systems/system"]),
    "/redfish/v1/Systems/system": () => system(machine),
    "/redfish/v1/Managers": () => collection("ManagerCollection", ["/redfish/v1/Managers/bmc"]),
    "/redfish/v1/Managers/bmc": () => manager(machine, now()),
    "/redfish/v1/Chassis": () => collection("ChassisCollection", ["/redfish/v1/Chassis/chassis"]),
    "/redfish/v1/Chassis/chassis": () => chassis(machine),
    "/redfish/v1/Chassis/chassis/EnvironmentMetrics": () => environment(machine, now()),
  };
  const reads = Object.entries(resources).map(([path, read]): Route => {
    const handle = (exchange: Exchange) => exchange.json(200, { "@odata.id": path, ...read() });
    return { method: "GET", path, handle };
  });
  return [
    { method: "GET", path: "/redfish", open: true, handle: (exchange) => exchange.json(200, { v1: "/redfish/v1/" }) },
    { method: "GET", path: "/redfish/v1", open: true, handle: (exchange) => exchange.json(200, serviceRoot(machine)) },
    ...reads,
    { method: "POST", path: RESET, handle: (exchange) => reset(exchange, machine) },
  ];
}

async function reset(exchange: Exchange, machine: Machine): Promise<void> {
  const body = (await exchange.body(RESET_BYTES)).toString();
  const type = /"ResetType"\s*:\s*"(\w+)"/.exec(body)?.[1] ?? "";
  if (machine.reset(type)) exchange.send(204, {});
  else exchange.refuse(400, "reset-type");
}

function serviceRoot(machine: Machine): object {
  return {
    "@odata.id": "/redfish/v1",
    "@odata.type": "#ServiceRoot.v1_15_0.ServiceRoot",
    Id: "RootService",
    Name: "Root Service",
    RedfishVersion: "1.17.0",
    UUID: machine.uuid,
    Systems: link("/redfish/v1/Systems"),
    Managers: link("/redfish/v1/Managers"),
    Chassis: link("/redfish/v1/Chassis"),
    SessionService: link("/redfish/v1/SessionService"),
    UpdateService: link("/redfish/v1/UpdateService"),
    EventService: link("/redfish/v1/EventService"),
    Links: { Sessions: link("/redfish/v1/SessionService/Sessions") },
  };
}

function system(machine: Machine): object {
  return {
    "@odata.type": "#ComputerSystem.v1_22_0.ComputerSystem",
    Id: "system",
    Name: "system",
    HostName: machine.hostName,
    Manufacturer: machine.manufacturer,
    Model: machine.model,
    SerialNumber: machine.serialNumber,
    UUID: machine.uuid,
    BiosVersion: machine.biosVersion,
    PowerState: machine.power,
    Status: { State: machine.power === "On" ? "Enabled" : "Disabled", Health: "OK" },
    ProcessorSummary: {
      Count: machine.processors.count,
      CoreCount: machine.processors.cores,
      Model: machine.processors.model,
    },
    MemorySummary: { TotalSystemMemoryGiB: machine.memoryGiB },
    Actions: { "#ComputerSystem.Reset": { target: RESET } },
  };
}

function manager(machine: Machine, now: number): object {
  return {
    "@odata.type": "#Manager.v1_14_0.Manager",
    Id: "bmc",
    Name: "OpenBmc Manager",
    ManagerType: "BMC",
    FirmwareVersion: machine.firmwareVersion,
    DateTime: new Date(now).toISOString(),
    PowerState: "On",
    Status: { State: "Enabled", Health: "OK" },
    GraphicalConsole: { ServiceEnabled: true, MaxConcurrentSessions: 4, ConnectTypesSupported: ["KVMIP"] },
    LogServices: link("/redfish/v1/Managers/bmc/LogServices"),
  };
}

function chassis(machine: Machine): object {
  return {
    "@odata.type": "#Chassis.v1_22_0.Chassis",
    Id: "chassis",
    Name: "chassis",
    ChassisType: "RackMount",
    Manufacturer: machine.manufacturer,
    Model: machine.model,
    EnvironmentMetrics: link("/redfish/v1/Chassis/chassis/EnvironmentMetrics"),
  };
}

function environment(machine: Machine, now: number): object {
  const readings = machine.readings(now);
  return {
    "@odata.type": "#EnvironmentMetrics.v1_3_0.EnvironmentMetrics",
    Id: "EnvironmentMetrics",
    Name: "Chassis environment metrics",
    TemperatureCelsius: { Reading: readings.inletCelsius },
    PowerWatts: { Reading: readings.watts },
    FanSpeedsPercent: [{ DeviceName: "Fans", Reading: readings.fanPercent }],
  };
}

function collection(type: string, paths: readonly string[]): object {
  return {
    "@odata.type": `#${type}.${type}`,
    Name: type,
    Members: paths.map(link),
    "Members@odata.count": paths.length,
  };
}

function link(path: string): { "@odata.id": string } {
  return { "@odata.id": path };
}

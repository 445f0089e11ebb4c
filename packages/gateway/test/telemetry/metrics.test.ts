import { expect, test } from "vitest";
import { exposition } from "../../src/telemetry/exposition.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

test("what was counted is exposed", async () => {
  const metrics = createMetrics();
  metrics.decision("allow");
  metrics.decision("token-expired");
  metrics.decision("token-expired");
  metrics.sessions(3);
  metrics.live("websocket", 1);
  metrics.live("http", 1);
  metrics.live("http", -1);
  metrics.ended("expired");
  metrics.bytes("down", 1234);
  metrics.stuckFrame();
  metrics.upstreamFault("controller-timeout");
  metrics.request(0.2, 204);
  const { body, contentType } = await exposition([await metrics.snapshot()]);
  expect(contentType).toContain("text/plain");
  for (const line of [
    'sallyport_decisions_total{reason="allow"} 1',
    'sallyport_decisions_total{reason="token-expired"} 2',
    "sallyport_sessions 3",
    'sallyport_live{kind="websocket"} 1',
    'sallyport_live{kind="http"} 0',
    'sallyport_ended_total{reason="expired"} 1',
    'sallyport_bytes_total{direction="down"} 1234',
    "sallyport_stuck_frames_total 1",
    'sallyport_upstream_faults_total{reason="controller-timeout"} 1',
    'sallyport_request_seconds_bucket{le="0.25",status="2xx"} 1',
    'sallyport_request_seconds_bucket{le="0.1",status="2xx"} 0',
  ]) {
    expect(body).toContain(`${line}\n`);
  }
  expect(body).toContain("process_resident_memory_bytes");
});

test("a request's time is in every bucket whose bound it keeps, its own class's", async () => {
  const metrics = createMetrics();
  for (const seconds of [0.005, 0.0051, 61]) metrics.request(seconds, 200);
  metrics.request(1, 502);
  metrics.request(1, 0);
  const { body } = await exposition([await metrics.snapshot()]);
  const lines = body.split("\n").filter((line) => line.startsWith("sallyport_request_seconds"));
  for (const line of [
    'sallyport_request_seconds_bucket{le="0.005",status="2xx"} 1',
    'sallyport_request_seconds_bucket{le="0.01",status="2xx"} 2',
    'sallyport_request_seconds_bucket{le="60",status="2xx"} 2',
    'sallyport_request_seconds_bucket{le="+Inf",status="2xx"} 3',
    'sallyport_request_seconds_count{status="2xx"} 3',
    'sallyport_request_seconds_sum{status="2xx"} 61.0101',
    'sallyport_request_seconds_bucket{le="0.5",status="5xx"} 0',
    'sallyport_request_seconds_bucket{le="1",status="5xx"} 1',
    'sallyport_request_seconds_count{status="0xx"} 1',
  ]) {
    expect(lines).toContain(line);
  }
  expect(lines).toHaveLength(3 * 16);
});

test("asked twice, it tells the same", async () => {
  const metrics = createMetrics();
  metrics.decision("allow");
  metrics.live("http", 1);
  metrics.request(0.1, 200);
  const first = (await exposition([await metrics.snapshot()])).body;
  const again = (await exposition([await metrics.snapshot()])).body;
  const own = (body: string) => body.split("\n").filter((line) => line.startsWith("sallyport_"));
  expect(own(again)).toEqual(own(first));
});

test("several processes are added up", async () => {
  const [one, two] = [createMetrics(), createMetrics()];
  one.sessions(3);
  two.sessions(4);
  one.ended("idle");
  two.ended("revoked");
  // Over the wire between processes a snapshot is JSON.
  const wired = JSON.parse(JSON.stringify([await one.snapshot(), await two.snapshot()]));
  const { body } = await exposition(wired);
  expect(body).toContain("sallyport_sessions 7\n");
  expect(body).toContain('sallyport_ended_total{reason="idle"} 1\n');
  expect(body).toContain('sallyport_ended_total{reason="revoked"} 1\n');
});

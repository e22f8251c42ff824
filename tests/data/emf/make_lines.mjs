// Write EMF lines with the Node.js libraries of others: `node make_lines.mjs` beside their node_modules.
import { writeFileSync } from "node:fs";
import { Metrics, MetricResolution, MetricUnit } from "@aws-lambda-powertools/metrics";
import embedded from "aws-embedded-metrics";

const folder = process.argv[2];
const MOMENT_MS = 1795219200000;
const lines = [];
const capture = (text) => lines.push(String(text).trim());
const write = (name) => {
  const text = lines.splice(0).map((line) => line.replace(/("Timestamp": ?)\d+/, `$1${MOMENT_MS}`)).join("\n");
  writeFileSync(`${folder}/${name}.ndjson`, text + "\n");
};

console.log = capture;
const metrics = new Metrics({ namespace: "Shop", serviceName: "orders", defaultDimensions: { environment: "test" } });
metrics.console = { log: capture, warn: () => {} };
metrics.addMetric("Orders", MetricUnit.Count, 1);
metrics.addMetric("Orders", MetricUnit.Count, 2);
metrics.addMetric("Took", MetricUnit.Milliseconds, 12.5, MetricResolution.High);
metrics.addMetadata("order_id", "o-1");
metrics.publishStoredMetrics();
write("powertools_node");

process.env.AWS_LAMBDA_FUNCTION_NAME = "orders";
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
const logger = embedded.createMetricsLogger();
logger.setNamespace("Shop");
logger.putDimensions({ stage: "test" });
logger.putMetric("Took", 12.5, embedded.Unit.Milliseconds);
logger.putMetric("Took", 14, embedded.Unit.Milliseconds);
logger.putMetric("Live", 1, embedded.Unit.Count, embedded.StorageResolution.High);
logger.setProperty("order_id", "o-1");
await logger.flush();
write("embedded_node");

/**
 * For the suites that go by real time among several gateways: one at a time, in a process beside jest's own, so that
 * workerIdleMemoryLimit counts for them as well. Jest runs the suites of one runner after those of another. JavaScript, for
 * jest-runner's types say of its default export what holds in CommonJS alone.
 */
import TestRunner from "jest-runner";

export default class OneWorker extends TestRunner {
  constructor(config, context) {
    super({ ...config, maxWorkers: 1 }, context);
  }
}

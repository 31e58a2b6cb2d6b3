import { memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes that are in use once garbage is collected: objects and the buffers behind them. */
export function liveBytes(): number {
	collectGarbage();
	const { heapUsed, arrayBuffers } = memoryUsage();
	return heapUsed + arrayBuffers;
}

/** Without a command-line flag, so that a suite needs no special way of being started. */
const collectGarbage: () => void = (() => {
	setFlagsFromString("--expose-gc");
	return runInNewContext("gc") as () => void;
})();

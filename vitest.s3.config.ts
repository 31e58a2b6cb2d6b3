import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import shared from "./vitest.config.ts";

const coreTests = "packages/wal-core/test";

/** Tests of core on logs that could be in a bucket, and why they are not. */
const inMemoryOnly: Readonly<Record<string, string>> = {
	"claim-epoch.prop.test.ts": "thousands of claims",
	"wal-flusher.prop.test.ts": "hundreds of logs: minutes on a server, whose order of events is never the same",
};

/** Tests of core that do not say where their logs are; simulations have stores of their own. */
const onAnyStore = readdirSync(new URL(coreTests, import.meta.url)).filter(
	(name) =>
		name.endsWith(".test.ts") &&
		!(name in inMemoryOnly) &&
		/\b(TestLog|ManifestLog|newStore)\b/.test(readFileSync(new URL(`${coreTests}/${name}`, import.meta.url), "utf8")),
);

/** The tests that need a real S3 server: `npm run s3 -- test` starts one, and says where it is. */
export default defineConfig({
	...shared,
	test: {
		...shared.test,
		include: [
			"packages/*/test/**/*.s3.test.ts",
			// These are run as they are, on logs in a bucket.
			"packages/wal-cli/test/{append,tail,inspect,qualify}.test.ts",
			...onAnyStore.map((name) => `${coreTests}/${name}`),
		],
		exclude: ["**/node_modules/**"],
	},
});

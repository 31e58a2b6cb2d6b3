import { defineConfig } from "vitest/config";
import shared from "./vitest.config.ts";

/** The tests that need a real S3 server: `npm run s3 -- test` starts one, and says where it is. */
export default defineConfig({
	...shared,
	test: {
		...shared.test,
		// The command's tests are run on logs in a bucket as they are.
		include: ["packages/*/test/**/*.s3.test.ts", "packages/wal-cli/test/{append,tail,inspect,qualify}.test.ts"],
		exclude: ["**/node_modules/**"],
	},
});

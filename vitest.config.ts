import { defineConfig } from "vitest/config";

export default defineConfig({
	// Workspace packages are loaded from source; nothing has to be built first.
	ssr: { resolve: { conditions: ["@memwal/source", "node", "import", "default"] } },
	test: {
		include: ["packages/*/test/**/*.test.ts", "private/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
		// These need a server: npm run s3 -- test.
		exclude: ["**/node_modules/**", "**/*.s3.test.ts"],
		// The AWS SDK would tell in each test file which Node its later releases need.
		env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
		// A test that asserts nothing is a defect.
		expect: { requireAssertions: true },
		// Two cores in CI.
		maxWorkers: 2,
		testTimeout: 60_000,
	},
});

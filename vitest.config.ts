import { defineConfig } from "vitest/config";

export default defineConfig({
	// Workspace packages are loaded from source; nothing has to be built first.
	ssr: { resolve: { conditions: ["@memwal/source", "node", "import", "default"] } },
	test: {
		include: ["packages/*/test/**/*.test.ts", "private/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
		// A test that asserts nothing is a defect.
		expect: { requireAssertions: true },
		// Two cores in CI.
		maxWorkers: 2,
		testTimeout: 60_000,
	},
});

import { rootCommand, runTool } from "./root-command.mjs";

await rootCommand({
	help: `
npm run generate

Writes everything that is generated and committed: each package's \`generate\` script makes its own part, among them
docs/errors.md (from packages/wal-runtime/src/error-codes.ts), the code for .proto files, what the codec's README shows
and its choice between TypeScript and WebAssembly (from private/bench/results/codec.json), and the tables in the README
of private/bench (from all its results). Measures nothing.
Commit what changes; \`npm run check\` fails as long as it is not committed.
`,
	async run() {
		const exitCode = await runTool("turbo", ["run", "generate"]);
		return exitCode === 0
			? { ok: true, summary: "Generated files are up to date." }
			: { ok: false, summary: "Generating failed: see above." };
	},
});

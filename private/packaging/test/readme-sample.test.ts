import { describe, expect, it } from "vitest";
import { checkInstallLine } from "../src/lone-install.ts";
import { readmeSample } from "../src/readme-sample.ts";

const README = `# A package

\`\`\`sh
# first
npm i @memwal/a apache-arrow --save-exact # whatever
\`\`\`

\`\`\`ts
import { a } from "@memwal/a";
a();
\`\`\`

\`\`\`ts
throw new Error("the second block is not the sample");
\`\`\`
`;

describe("the sample of a README", () => {
	it("is its first ts block, and the packages of its install line", () => {
		expect(readmeSample(README)).toEqual({
			install: ["@memwal/a", "apache-arrow"],
			code: 'import { a } from "@memwal/a";\na();\n',
		});
	});

	it("is missing where there is none", () => {
		expect(readmeSample("# Nothing\n")).toEqual({ install: [], code: undefined });
	});

	it("must name the package and its required peers, and have something to run", () => {
		const manifest = {
			name: "@memwal/a",
			peerDependencies: { "apache-arrow": "*", "@aws-sdk/client-s3": "*" },
			peerDependenciesMeta: { "@aws-sdk/client-s3": { optional: true } },
		};
		expect(checkInstallLine(manifest, readmeSample(README))).toEqual([]);
		expect(checkInstallLine(manifest, { install: ["@memwal/a"], code: "" })).toEqual([
			expect.stringContaining("apache-arrow"),
		]);
		expect(checkInstallLine(manifest, { ...readmeSample(README), code: undefined })).toHaveLength(1);
		expect(checkInstallLine({ ...manifest, bin: { a: "a.js" } }, { ...readmeSample(README), code: undefined })).toEqual(
			[],
		);
	});
});

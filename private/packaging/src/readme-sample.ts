/** What a reader of a README does first. */
export interface ReadmeSample {
	/** The packages that it says to install. */
	readonly install: readonly string[];
	/** Its first TypeScript block; undefined where it shows commands only. */
	readonly code: string | undefined;
}

/** Takes the first install line and the first `ts` block out of a README. */
export function readmeSample(markdown: string): ReadmeSample {
	const blocks = [...markdown.matchAll(/^```(\w+)[^\n]*\n(.*?)^```/gms)].map(([, language, text]) => ({
		language,
		text,
	}));
	const commands = blocks.filter(({ language }) => language === "sh" || language === "bash");
	const installLine = commands.map(({ text }) => /^npm (?:i|install|add) (.+)$/m.exec(text ?? "")?.[1]).find(Boolean);
	const code = blocks.find(({ language }) => language === "ts" || language === "typescript")?.text;
	const words =
		installLine
			?.replace(/\s#.*$/, "")
			.trim()
			.split(/\s+/) ?? [];
	return { install: words.filter((word) => !word.startsWith("-")), code };
}

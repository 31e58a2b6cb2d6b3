/** What is wrong with the files of a packed package. */
export function checkFiles(files: readonly string[]): string[] {
	const present = new Set(files);
	const strangers = files.filter((file) =>
		/(^|\/)(tests?|__tests__|coverage)\/|\.(test|spec|bench)\.|\.tsbuildinfo$/.test(file),
	);
	const orphans = files.filter((file) => {
		const source = file.replace(/^dist\//, "src/").replace(/\.js$/, ".ts");
		return file.startsWith("dist/") && file.endsWith(".js") && !present.has(source);
	});
	return [
		...["README.md", "LICENSE", "package.json"].filter((file) => !present.has(file)).map((file) => `lacks ${file}`),
		...(files.some((file) => file.startsWith("dist/") && file.endsWith(".js")) ? [] : ["lacks dist: build it first"]),
		...strangers.map((file) => `contains ${file}, which no user needs`),
		...orphans.map((file) => `contains ${file} without its source: delete dist and build again`),
	];
}

import { posix } from "node:path";
import type { Violation } from "./violation.ts";

/** Links to files of this repository that lead nowhere. */
export function checkLinks(path: string, markdown: string, exists: (path: string) => boolean): Violation[] {
	const prose = markdown.replace(/^```.*?^```/gms, (block) => block.replace(/[^\n]/g, " "));
	return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(({ 1: link = "", index }) => {
		const [target = ""] = link.split("#");
		if (/^[a-z]+:/.test(link) || target === "" || exists(posix.join(posix.dirname(path), target))) return [];
		return [
			{ where: `${path}:${prose.slice(0, index).split("\n").length}`, problem: `links to ${link}, which is not there` },
		];
	});
}

const USER_INFORMATION = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi;
const SECRET_OPTION = /([?&][^=&\s]*(?:key|secret|token|password)[^=&\s]*=)[^&\s'"\\]+/gi;

/** The text without what a URL in it may hold of credentials: somebody may have put them there, and a log keeps them. */
export function withoutCredentials(text: string): string {
	return text.replace(USER_INFORMATION, "$1…@").replace(SECRET_OPTION, "$1…");
}

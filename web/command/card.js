// @ts-check
/** The public card of a grid: the button prints it. */

document.getElementById("print")?.addEventListener("click", () => window.print());

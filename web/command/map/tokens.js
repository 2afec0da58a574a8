// @ts-check
/** The colours of the page's theme, for things that are painted and not styled. */

/**
 * A token of the theme the element stands in, as `rgba()` text MapLibre and canvas both read.
 * @param {Element} element
 */
export function reader(element) {
  const style = getComputedStyle(element);
  return (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim() || "#888";
}

/**
 * A tile of slanting strokes, to say a state without colour.
 * @param {{stroke: string, ground?: string, width?: number, step?: number}} options
 * @returns {ImageData}
 */
export function hatch({ stroke, ground, width = 3, step = 18 }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = step;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  if (ground) {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, step, step);
  }
  pen.strokeStyle = stroke;
  pen.lineWidth = width;
  for (const shift of [-step, 0, step]) {
    pen.beginPath();
    pen.moveTo(shift - width, step + width);
    pen.lineTo(shift + step + width, -width);
    pen.stroke();
  }
  return pen.getImageData(0, 0, step, step);
}

/** A tile with dots: nothing is asked for here. @param {{ink: string, step?: number}} options @returns {ImageData} */
export function dots({ ink, step = 14 }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = step;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = ink;
  pen.arc(step / 2, step / 2, 2, 0, 2 * Math.PI);
  pen.fill();
  return pen.getImageData(0, 0, step, step);
}

/** Builds an HTML element; a property named `class` or with a dash becomes an attribute, text and elements become children. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  setAttributes(element, properties);
  element.append(...children);
  return element;
}

/** Builds an SVG element. */
export function svg(name, properties = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  setAttributes(element, properties);
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

function setAttributes(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
}

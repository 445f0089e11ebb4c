/** An element with properties and children. A property that is null is left out. */
export function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null) made[name] = value;
  }
  made.append(...children);
  return made;
}

// A part of a page that is written by the server and changed in place: nodes that stay the same are kept, so that
// focus, scrolling, selection and what a reader has opened outlive an update.
export default {
  template: "<div></div>",
  props: { html: String },
  mounted() {
    this.$el.innerHTML = this.html ?? "";
  },
  watch: {
    html(text) {
      const next = document.createElement("template");
      next.innerHTML = text ?? "";
      children(this.$el, next.content);
    },
  },
};

function children(here, next) {
  const keyed = new Map([...here.childNodes].filter((node) => key(node)).map((node) => [key(node), node]));
  let at = here.firstChild;
  for (const wanted of [...next.childNodes]) {
    let found = key(wanted) ? keyed.get(key(wanted)) : at && !key(at) && same(at, wanted) ? at : null;
    if (found && !same(found, wanted)) found = null;
    if (!found) {
      here.insertBefore(wanted, at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else here.insertBefore(found, at);
    patch(found, wanted);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function patch(here, wanted) {
  if (here.nodeType !== Node.ELEMENT_NODE) {
    if (here.nodeValue !== wanted.nodeValue) here.nodeValue = wanted.nodeValue;
    return;
  }
  if (here.isEqualNode(wanted)) return;
  for (const { name } of [...here.attributes]) {
    if (name !== "open" && !wanted.hasAttribute(name)) here.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (here.getAttribute(name) !== value) here.setAttribute(name, value);
  }
  children(here, wanted);
}

function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
}

function same(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}

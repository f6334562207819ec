const visible = (part, shown) => { if (part) part.hidden = !shown; };

const openWhy = (box, button) => {
  const why = box.querySelector(".why");
  const shown = why.hidden;
  if (shown) {
    why.querySelectorAll("input").forEach((input) => { input.checked = false; });
    why.querySelector("textarea").value = "";
  }
  visible(why, shown);
  button.setAttribute("aria-expanded", String(shown));
};

const tell = async (box, rating) => {
  const why = box.querySelector(".why");
  const reasons = rating === "down" ? [...why.querySelectorAll("input:checked")].map((input) => input.value) : [];
  const comment = rating === "down" ? why.querySelector("textarea").value : "";
  const buttons = box.querySelectorAll("button");
  buttons.forEach((button) => { button.disabled = true; });
  let kept = false;
  try {
    kept = await server.take_feedback({ turn_id: box.dataset.turn, rating, reasons, comment });
  } catch (error) {
    console.error("feedback was not kept", error);
  }
  buttons.forEach((button) => { button.disabled = false; });
  const verdict = box.querySelector(".verdict");
  verdict.textContent = kept === true ? box.dataset.thanks : box.dataset.failed;
  visible(verdict, true);
  if (kept === true) {
    visible(why, false);
    visible(box.querySelector(".thumbs"), false);
  }
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button || !element.contains(button)) return;
  const box = button.closest(".feedback");
  switch (button.dataset.act) {
    case "say": trigger("say", { text: button.dataset.text }); break;
    case "up": tell(box, "up"); break;
    case "down": openWhy(box, button); break;
    case "send": tell(box, "down"); break;
  }
});

// A new question comes to the top of the window, and the answer grows below it.
let running = false;
watch("value", () => {
  const exchange = element.querySelector(".exchange");
  const now = exchange !== null && exchange.getAttribute("aria-busy") === "true";
  if (now && !running) exchange.scrollIntoView({ block: "start", behavior: "smooth" });
  running = now;
});

// On a phone, focus would bring up the keyboard before anything was read.
if (window.matchMedia("(pointer: fine)").matches) document.querySelector("#box textarea")?.focus();

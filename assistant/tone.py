"""Whether a shopper is angry: then a person should answer, whatever else is asked."""

import re

from knowledge.phrases import normalise

_INSULTS = re.compile(
    r"\b(?:useless|scam(?:mers?)?|rip[- ]?off|ridiculous|disgrac\w+|disgust\w+|pathetic|liars?|lied|thie(?:f|ves)|"
    r"crooks?|garbage|rubbish|crap|shit\w*|bullshit|damn|wtf|fuck\w*|idiots?|stupid|incompetent|unacceptable|"
    r"outrageous|appalling|terrible|awful|horrible|worst|a joke|fed up|sick of|furious|sue you|lawyer|never again)\b|"
    r"垃圾|骗子|骗人|骗钱|坑人|坑爹|黑店|奸商|气死|太差|差劲|差评|无耻|恶心|忍无可忍|什么破|破烂|滚|妈的|操|傻[逼比]|"
    r"举报|曝光|起诉|消协|12315|再也不|不要脸|太过分|受够"
)
_SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_STRESS = re.compile(r"[!！]{2,}|[?？][!！]|[!！][?？]|[?？]{3,}")
_DEMANDS = re.compile(
    r"\b(?:now|immediately|at once|right away|still|again|third time|weeks?|my money)\b|"
    r"马上|立刻|立即|到现在|又|第三次|还不|还没|退钱"
)


def is_angry(text: str) -> bool:
    """Two signs of anger or more: insults, shouting, doubled marks, demands; two insults are two signs."""
    plain = normalise(text)
    shouted = len(_SHOUTED.findall(text))
    n_signs = min(len(_INSULTS.findall(plain)), 2)
    n_signs += shouted > 1 or (shouted == 1 and len(_LETTERS.findall(text)) > 3 and bool(_STRESS.search(text)))
    n_signs += bool(_STRESS.search(plain))
    n_signs += bool(_DEMANDS.search(plain)) and n_signs > 0
    return n_signs >= 2

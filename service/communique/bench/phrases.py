"""The sentences of a made report, by language; brackets stand around the words that are quoted."""

from __future__ import annotations

from datetime import date

LANGUAGES = {"en": 8, "es": 1, "ar": 1}

SENTENCES = {
    "claim": {
        "en": "[{actor} claimed responsibility for the attack], in a message that its supporters passed around on {day}.",
        "es": "[{actor} reivindicó el ataque] en un mensaje que sus simpatizantes difundieron el {day}.",
        "ar": "[أعلنت {actor} مسؤوليتها عن الهجوم] في رسالة تداولها أنصارها يوم {day}.",
    },
    "blame": {
        "en": "According to {speaker}, who spoke on {day}, [{actor} {hedge} was behind the attack].",
        "es": "Según {speaker}, en declaraciones del {day}, [{actor} {hedge} estuvo detrás del ataque].",
        "ar": "وبحسب {speaker} في حديث يوم {day}، [فإن {actor} {hedge} تقف وراء الهجوم].",
    },
    "deny": {
        "en": "In a short note to the press, [{actor} denied any part in the attack on {site}].",
        "es": "En una breve nota a la prensa, [{actor} negó toda participación en el ataque contra {site}].",
        "ar": "وفي بيان مقتضب للصحافة، [نفت {actor} أي دور لها في الهجوم على {site}].",
    },
    "retract": {
        "en": "A day later, on the same channel, [{actor} withdrew its claim of the attack].",
        "es": "Un día después, por el mismo canal, [{actor} se retractó de su reivindicación].",
        "ar": "وبعد يوم واحد وعبر القناة نفسها، [تراجعت {actor} عن تبنيها للهجوم].",
    },
    "decline": {
        "en": "Asked by reporters who had carried it out, [{actor} declined to name a culprit].",
        "es": "Preguntado por los periodistas sobre la autoría, [{actor} no quiso señalar a nadie].",
        "ar": "وردا على أسئلة الصحفيين عن الفاعل، [امتنعت {actor} عن تسمية أي جهة].",
    },
    "silence": {
        "en": "As this was written, late in the evening, [no group had claimed the attack].",
        "es": "Al cierre de esta edición, ya entrada la noche, [ningún grupo había reivindicado el ataque].",
        "ar": "وحتى ساعة متأخرة من كتابة هذا الخبر، [لم تتبن أي جماعة الهجوم].",
    },
    "landed": {
        "en": "{speaker} said on {day} that [{amount} {unit} hit {site}].",
        "es": "{speaker} informó el {day} de que [{amount} {unit} impactaron en {site}].",
        "ar": "وقال {speaker} يوم {day} إن [{amount} {unit} أصابت {site}].",
    },
    "intercepted": {
        "en": "{speaker} added, in answer to a question, that [{amount} {unit} were intercepted].",
        "es": "{speaker} añadió, en respuesta a una pregunta, que [{amount} {unit} fueron interceptados].",
        "ar": "وأضاف {speaker} ردا على سؤال أن [{amount} {unit} تم اعتراضها].",
    },
    "killed": {
        "en": "The toll that {speaker} gave on {day}: [{amount} people were killed].",
        "es": "El balance que {speaker} dio el {day}: [murieron {amount} personas].",
        "ar": "الحصيلة التي أعلنها {speaker} يوم {day}: [مقتل {amount} أشخاص].",
    },
    "wounded": {
        "en": "As to those taken to hospital, {speaker} spoke of [{amount} wounded people].",
        "es": "En cuanto a los hospitalizados, {speaker} habló de [{amount} personas heridas].",
        "ar": "وعن الذين نقلوا إلى المستشفى تحدث {speaker} عن [{amount} جرحى].",
    },
    "date": {
        "en": "The attack, so {speaker} told reporters, took place [{when}].",
        "es": "El ataque, según dijo {speaker} a los periodistas, tuvo lugar [{when}].",
        "ar": "ووقع الهجوم، كما قال {speaker} للصحفيين، [{when}].",
    },
    "place": {
        "en": "Residents who were asked by telephone say that [the attack was felt in {place}].",
        "es": "Vecinos consultados por teléfono dicen que [el ataque se produjo en {place}].",
        "ar": "ويقول سكان سئلوا عبر الهاتف إن [الهجوم وقع في {place}].",
    },
    "damage": {
        "en": "A first look around, on {day}, found [damage that {speaker} called {degree}].",
        "es": "Una primera inspección, el {day}, halló [daños que {speaker} calificó de {degree}].",
        "ar": "وأظهر فحص أولي يوم {day} [أضرارا وصفها {speaker} بأنها {degree}].",
    },
    "presence": {
        "en": "The site is not small: [{site} houses staff of {actor}], as is well known in the area.",
        "es": "El lugar no es pequeño: [{site} alberga personal de {actor}], como se sabe en la zona.",
        "ar": "والموقع ليس صغيرا: [{site} تضم موظفين من {actor}] كما هو معروف في المنطقة.",
    },
    "strength": {
        "en": "By its own last count, published a year ago, [{actor} has {amount} employees at {site}].",
        "es": "Según su último recuento, publicado hace un año, [{actor} tiene {amount} empleados en {site}].",
        "ar": "وبحسب آخر إحصاء لها نشر قبل عام، [لدى {actor} {amount} موظفا في {site}].",
    },
    "response": {
        "en": "{speaker} presented it on {day} as an answer: [it was in response to the attack of {earlier}].",
        "es": "{speaker} lo presentó el {day} como una respuesta: [fue en respuesta al ataque del {earlier}].",
        "ar": "وقدمه {speaker} يوم {day} على أنه رد: [جاء ردا على هجوم {earlier}].",
    },
    "reason": {
        "en": "{speaker} gave a reason, without naming any one attack: [it answered recent attacks on {site}].",
        "es": "{speaker} dio un motivo, sin nombrar ningún ataque: [respondía a los recientes ataques contra {site}].",
        "ar": "وذكر {speaker} سببا دون تسمية هجوم بعينه: [الرد على الهجمات الأخيرة على {site}].",
    },
    "deed": {
        "en": "There was no secret about it this time, and by midday all knew: [{actor} carried out the strike].",
        "es": "Esta vez no hubo secreto, y a mediodía todos lo sabían: [{actor} llevó a cabo el bombardeo].",
        "ar": "ولم يكن في الأمر سر هذه المرة وعرف الجميع ظهرا أن [{actor} نفذت الضربة].",
    },
    "condemn": {
        "en": "From abroad, in a message of three lines, [{actor} condemned the attack on {site}].",
        "es": "Desde el extranjero, en un mensaje de tres líneas, [{actor} condenó el ataque contra {site}].",
        "ar": "ومن الخارج وفي رسالة من ثلاثة أسطر، [أدانت {actor} الهجوم على {site}].",
    },
    "condole": {
        "en": "To the families of those who were hurt, [{actor} sent its condolences].",
        "es": "A las familias de los afectados, [{actor} envió sus condolencias].",
        "ar": "وإلى عائلات المتضررين، [قدمت {actor} تعازيها].",
    },
    "endorse": {
        "en": "Others were pleased, and said so in the open: [{actor} praised the attack].",
        "es": "Otros se alegraron, y lo dijeron abiertamente: [{actor} elogió el ataque].",
        "ar": "وأبدى آخرون ارتياحهم علنا: [أشادت {actor} بالهجوم].",
    },
    "demand": {
        "en": "In the same message, and not for the first time, [{actor} demanded that {other} leave {site}].",
        "es": "En el mismo mensaje, y no por primera vez, [{actor} exigió que {other} abandone {site}].",
        "ar": "وفي الرسالة نفسها وليس للمرة الأولى، [طالبت {actor} بأن تغادر {other} {site}].",
    },
    "threaten": {
        "en": "It did not end there; before long [{actor} threatened further attacks on {other}].",
        "es": "No quedó ahí; poco después [{actor} amenazó con nuevos ataques contra {other}].",
        "ar": "ولم ينته الأمر هنا، فبعد قليل [هددت {actor} بهجمات أخرى على {other}].",
    },
    "assure": {
        "en": "To calm those who work there, [{actor} assured {other} that it would secure {site}].",
        "es": "Para calmar a quienes trabajan allí, [{actor} aseguró a {other} que protegerá {site}].",
        "ar": "ولتهدئة العاملين هناك، [طمأنت {actor} {other} بأنها ستؤمن {site}].",
    },
    "relay": {
        "en": "{outlet} carried it with the words [“{actor} said so to us”], and gave no more.",
        "es": "{outlet} lo recogió con las palabras [«{actor} nos lo dijo»], sin dar más detalles.",
        "ar": "ونقلت {outlet} ذلك بعبارة [«{actor} أبلغتنا بذلك»] دون تفاصيل أخرى.",
    },
    "facade": {
        "en": "Those who follow these groups closely hold that [{actor} is a facade of {other}].",
        "es": "Quienes siguen de cerca a estos grupos sostienen que [{actor} es una fachada de {other}].",
        "ar": "ويرى متابعون لهذه الجماعات أن [{actor} واجهة لـ{other}].",
    },
    "caption": {
        "en": "In the picture, taken some time before by a photographer of the agency: [soldiers at {site} in {month}].",
        "es": "En la imagen, tomada tiempo antes por un fotógrafo de la agencia: [soldados en {site} en {month}].",
        "ar": "وفي الصورة التي التقطت قبل مدة بعدسة مصور الوكالة: [جنود في {site} في {month}].",
    },
    "same": {
        "en": "Whether two things are told here or one is not clear, but [it seems to be the attack of {earlier}].",
        "es": "No está claro si se cuentan dos hechos o uno, pero [parece ser el ataque del {earlier}].",
        "ar": "وليس واضحا إن كان الحديث عن حادثين أو حادث واحد لكن [يبدو أنه هجوم {earlier}].",
    },
}  # fmt: skip

FILLERS = {
    "en": ("The road to the site was closed for the night.", "Shops in the market opened late the next morning.",
           "A second alarm later in the night turned out to be a false one.", "The governor called a meeting for the evening.",
           "Schools nearby stayed shut, and buses took the long way around.", "Nobody who was asked wished to be named."),
    "es": ("La carretera de acceso permaneció cerrada toda la noche.", "Las tiendas del mercado abrieron tarde.",
           "Una segunda alarma resultó ser falsa.", "El gobernador convocó una reunión para la tarde.",
           "Las escuelas cercanas no abrieron, y los autobuses dieron un largo rodeo."),
    "ar": ("وأغلقت الطريق المؤدية إلى الموقع طوال الليل.", "وفتحت المتاجر في السوق أبوابها متأخرة.",
           "وتبين أن إنذارا ثانيا كان كاذبا.", "ودعا المحافظ إلى اجتماع في المساء.", "وبقيت المدارس القريبة مغلقة."),
}  # fmt: skip

HEDGES = {
    "reportedly": {"en": "reportedly", "es": "según se informa", "ar": "وفق ما ذكر"},
    "believed": {"en": "is believed to be the one that", "es": "según se cree", "ar": "على ما يعتقد"},
    "alleged": {"en": "allegedly", "es": "presuntamente", "ar": "كما يزعم"},
    "probable": {"en": "very probably", "es": "muy probablemente", "ar": "على الأرجح"},
    "possible": {"en": "possibly", "es": "posiblemente", "ar": "ربما"},
}
QUALIFIERS = {
    "exactly": {"en": "{}", "es": "{}", "ar": "{}"},
    "at-least": {"en": "at least {}", "es": "al menos {}", "ar": "ما لا يقل عن {}"},
    "up-to": {"en": "up to {}", "es": "hasta {}", "ar": "ما يصل إلى {}"},
    "about": {"en": "about {}", "es": "unos {}", "ar": "نحو {}"},
}
RANGE = {"en": "{} to {}", "es": "de {} a {}", "ar": "بين {} و{}"}
UNITS = {
    "rocket": {"en": "rockets", "es": "cohetes", "ar": "صواريخ"},
    "missile": {"en": "missiles", "es": "misiles", "ar": "صواريخ موجهة"},
    "munition": {"en": "projectiles", "es": "proyectiles", "ar": "مقذوفات"},
}
DEGREES = {
    "minor": {"en": "minor", "es": "leves", "ar": "طفيفة"},
    "significant": {"en": "significant", "es": "importantes", "ar": "كبيرة"},
    "severe": {"en": "severe", "es": "graves", "ar": "جسيمة"},
}
# Who is known only by a wording: these speak, and those are blamed.
SOURCES = {
    "military-sources": {"en": "military sources", "es": "fuentes militares", "ar": "مصادر عسكرية"},
    "security-officials": {"en": "two security officials", "es": "dos responsables de seguridad", "ar": "مسؤولان أمنيان"},
    "local-residents": {"en": "residents of the area", "es": "vecinos de la zona", "ar": "سكان المنطقة"},
    "a-diplomat": {"en": "a Western diplomat", "es": "un diplomático occidental", "ar": "دبلوماسي غربي"},
}  # fmt: skip
CULPRITS = {
    "armed-militias": {"en": "armed militias", "es": "milicias armadas", "ar": "ميليشيات مسلحة"},
    "unknown-gunmen": {"en": "unknown gunmen", "es": "hombres armados sin identificar", "ar": "مسلحون مجهولون"},
    "outlaw-groups": {"en": "outlaw groups", "es": "grupos fuera de la ley", "ar": "جماعات خارجة عن القانون"},
}
UNSTATED = {"en": "reportedly told", "es": "según se dice", "ar": "يقال"}
EVENTS = {
    "rocket-attack": {"en": "Rockets at {}", "es": "Cohetes contra {}", "ar": "صواريخ على {}"},
    "drone-attack": {"en": "Drones at {}", "es": "Drones contra {}", "ar": "مسيرات على {}"},
    "shelling": {"en": "Shelling of {}", "es": "Bombardeo de {}", "ar": "قصف {}"},
    "bombing": {"en": "Bombing at {}", "es": "Atentado en {}", "ar": "تفجير في {}"},
    "air-strike": {"en": "Air strike at {}", "es": "Ataque aéreo en {}", "ar": "غارة جوية على {}"},
}
MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"),
}  # fmt: skip
REASON = {"en": "recent attacks on {}", "es": "los recientes ataques contra {}", "ar": "الهجمات الأخيرة على {}"}
ATTACK = {"en": "the attack", "es": "el ataque", "ar": "الهجوم"}
SOLDIERS = {"en": "soldiers", "es": "soldados", "ar": "جنود"}
OF = {"en": " ", "es": " de ", "ar": " "}
ON = {"en": "on {}", "es": "el {}", "ar": "يوم {}"}
IN = {"en": "in {}", "es": "en {}", "ar": "في {}"}
OR = {"en": " or ", "es": " o ", "ar": " أو "}


def month(day: date, language: str) -> str:
    return MONTHS[language][day.month - 1]


def birthday(day: date, language: str) -> str:
    """A day without its year: "20 February"."""
    return f"{day.day}{OF[language]}{month(day, language)}"


def monthly(day: date, language: str) -> str:
    return f"{month(day, language)}{OF[language]}{day.year}"


def whole(day: date, language: str) -> str:
    return f"{birthday(day, language)}{OF[language]}{day.year}"

"""What voices say of themselves when they are tried out."""

from __future__ import annotations

from myna.speech.languages import primary

SENTENCES: dict[str, str] = {
    "en": "The quick brown fox jumps over the lazy dog near the river bank, and then it sleeps all day long.",
    "de": "Am frühen Morgen gehen wir am Fluss entlang, und die Sonne scheint über die alten Dächer.",
    "fr": "Le matin, nous marchons le long de la rivière, et le soleil brille sur les vieux toits.",
    "es": "Por la mañana caminamos a lo largo del río, y el sol brilla sobre los tejados viejos.",
    "it": "La mattina camminiamo lungo il fiume, e il sole splende sopra i vecchi tetti.",
    "pt": "De manhã caminhamos ao longo do rio, e o sol brilha sobre os telhados antigos.",
    "nl": "In de ochtend lopen we langs de rivier, en de zon schijnt over de oude daken.",
    "pl": "Rano idziemy wzdłuż rzeki, a słońce świeci nad starymi dachami.",
    "ru": "Утром мы идём вдоль реки, и солнце светит над старыми крышами.",
    "sv": "På morgonen går vi längs floden, och solen skiner över de gamla taken.",
    "tr": "Sabah nehir boyunca yürüyoruz ve güneş eski çatıların üzerinde parlıyor.",
    "ja": "あさ、かわのそばをあるくと、ふるいやねのうえにひがてっています。",
    "zh": "早上我们沿着河边走，太阳照在老房子的屋顶上。",
    "hi": "सुबह हम नदी के किनारे चलते हैं, और सूरज पुरानी छतों पर चमकता है।",
    "ko": "아침에 우리는 강을 따라 걷고, 해는 오래된 지붕 위에서 빛납니다.",
    "ar": "في الصباح نمشي على طول النهر، والشمس تشرق فوق البيوت القديمة.",
    "uk": "Вранці ми йдемо вздовж річки, і сонце світить над старими дахами.",
    "cs": "Ráno jdeme podél řeky a slunce svítí nad starými střechami.",
    "bg": "Сутрин вървим покрай реката и слънцето грее над старите покриви.",
    "ro": "Dimineața mergem de-a lungul râului, iar soarele strălucește peste acoperișurile vechi.",
    "el": "Το πρωί περπατάμε δίπλα στο ποτάμι, και ο ήλιος λάμπει πάνω από τις παλιές στέγες.",
    "fi": "Aamulla kävelemme jokea pitkin, ja aurinko paistaa vanhojen kattojen yllä.",
    "hr": "Ujutro hodamo uz rijeku, a sunce sja nad starim krovovima.",
    "ms": "Pada waktu pagi kami berjalan di tepi sungai, dan matahari bersinar di atas bumbung lama.",
    "sk": "Ráno kráčame popri rieke a slnko svieti nad starými strechami.",
    "da": "Om morgenen går vi langs floden, og solen skinner over de gamle tage.",
    "ta": "காலையில் நாங்கள் ஆற்றின் ஓரமாக நடக்கிறோம், சூரியன் பழைய கூரைகளின் மேல் ஒளிர்கிறது.",
    "hu": "Reggel a folyó mentén sétálunk, és a nap a régi tetők fölött süt.",
    "nb": "Om morgenen går vi langs elven, og solen skinner over de gamle takene.",
    "vi": "Buổi sáng chúng tôi đi dọc bờ sông, và mặt trời chiếu trên những mái nhà cũ.",
    "bn": "সকালে আমরা নদীর ধারে হাঁটি, আর সূর্য পুরোনো ছাদের উপর আলো দেয়।",
    "th": "ตอนเช้าเราเดินไปตามแม่น้ำ และดวงอาทิตย์ส่องแสงเหนือหลังคาเก่า",
    "he": "בבוקר אנחנו הולכים לאורך הנהר, והשמש זורחת מעל הגגות הישנים.",
    "ka": "დილით ჩვენ მდინარის გასწვრივ მივდივართ და მზე ძველ სახურავებზე ანათებს.",
    "tl": "Sa umaga naglalakad kami sa tabi ng ilog, at sumisikat ang araw sa mga lumang bubong.",
    "id": "Pada pagi hari kami berjalan di tepi sungai, dan matahari bersinar di atas atap tua.",
    "te": "ఉదయం మేము నది ఒడ్డున నడుస్తాము, సూర్యుడు పాత పైకప్పుల మీద ప్రకాశిస్తాడు.",
    "gu": "સવારે અમે નદી કિનારે ચાલીએ છીએ, અને સૂરજ જૂની છત પર ચમકે છે.",
    "kn": "ಬೆಳಿಗ್ಗೆ ನಾವು ನದಿಯ ದಡದಲ್ಲಿ ನಡೆಯುತ್ತೇವೆ, ಸೂರ್ಯನು ಹಳೆಯ ಛಾವಣಿಗಳ ಮೇಲೆ ಹೊಳೆಯುತ್ತಾನೆ.",
    "ml": "രാവിലെ ഞങ്ങൾ നദിക്കരയിലൂടെ നടക്കുന്നു, സൂര്യൻ പഴയ മേൽക്കൂരകൾക്ക് മുകളിൽ പ്രകാശിക്കുന്നു.",
    "mr": "सकाळी आम्ही नदीच्या काठाने चालतो, आणि सूर्य जुन्या छतांवर चमकतो.",
    "pa": "ਸਵੇਰੇ ਅਸੀਂ ਨਦੀ ਦੇ ਕੰਢੇ ਤੁਰਦੇ ਹਾਂ, ਅਤੇ ਸੂਰਜ ਪੁਰਾਣੀਆਂ ਛੱਤਾਂ ਉੱਤੇ ਚਮਕਦਾ ਹੈ।",
    "or": "ସକାଳେ ଆମେ ନଦୀ କୂଳରେ ଚାଲୁ, ଏବଂ ସୂର୍ଯ୍ୟ ପୁରୁଣା ଛାତ ଉପରେ ଚମକେ।",
    "ur": "صبح ہم دریا کے کنارے چلتے ہیں، اور سورج پرانی چھتوں پر چمکتا ہے۔",
}
"""A sentence of each language of the catalogue."""


def sentence(language: str) -> str:
    """The sentence of a language (BCP-47), or the English one."""
    return SENTENCES.get(primary(language), SENTENCES["en"])

#!/usr/bin/env python3
"""Speaks phrases.json, and what it can be counted to hold besides (digits, and Persian numbers, days and months), into
packs/<locale>/<key>.wav: 8 kHz mu-law, as a telephone carries it. Needs Debian's espeak-ng and ffmpeg. Only what has no file
yet is spoken: a better recording is kept; delete a file to have it spoken again."""
import array, json, math, os, subprocess, tempfile

here = os.path.dirname(os.path.abspath(__file__))
ffmpeg = ["ffmpeg", "-v", "error", "-y"]
voices = {"en": "en-us", "vi": "vi", "zh": "cmn", "fa": "fa", "ru": "ru", "uk": "uk"}
phrases = json.load(open(os.path.join(here, "phrases.json"), encoding="utf-8"))
digits = {
    "en": "zero one two three four five six seven eight nine",
    "vi": "không một hai ba bốn năm sáu bảy tám chín",
    "zh": "零 一 二 三 四 五 六 七 八 九",
    "fa": "صفر یک دو سه چهار پنج شش هفت هشت نُه",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "uk": "нуль один два три чотири п'ять шість сім вісім дев'ять",
}
clips = {locale: {} for locale in voices}
for key, spoken in phrases.items():
    for locale, text in spoken.items():
        clips[locale][key] = text
for locale, words in digits.items():
    for n, word in enumerate(words.split()):
        clips[locale][f"d{n}"] = word

# Persian, which no carrier speaks: numbers up to milliards, days, months.
ones = digits["fa"].split() + "ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده".split()
tens = {20: "بیست", 30: "سی", 40: "چهل", 50: "پنجاه", 60: "شصت", 70: "هفتاد", 80: "هشتاد", 90: "نود"}
hundreds = "صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد".split()
def number(n):
    if n < 20: return ones[n]
    return tens[n - n % 10] + (" و " + ones[n % 10] if n % 10 else "")
fa = clips["fa"]
for n in range(100): fa[f"n{n}"] = number(n)
for i, word in enumerate(hundreds): fa[f"n{(i + 1) * 100}"] = word
fa["thousand"], fa["million"], fa["milliard"] = "هزار", "میلیون", "میلیارد"
special = {3: "سوم", 23: "بیست و سوم", 30: "سی‌ام"}
for day in range(1, 32): fa[f"day{day}"] = special.get(day, number(day) + "م")
for i, name in enumerate("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()): fa[f"month{i + 1}"] = name
for i, name in enumerate("یکشنبه دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه شنبه".split()): fa[f"weekday{i}"] = name

made = 0
for locale, keys in clips.items():
    folder = os.path.join(here, "packs", locale)
    os.makedirs(folder, exist_ok=True)
    for key, text in keys.items():
        out = os.path.join(folder, key + ".wav")
        if os.path.exists(out): continue
        with tempfile.NamedTemporaryFile(suffix=".wav") as raw, tempfile.NamedTemporaryFile(suffix=".s16") as level:
            subprocess.run(["espeak-ng", "-v", voices[locale], "-s", "135", "-w", raw.name, text], check=True)
            quiet = "silenceremove=start_periods=1:start_threshold=-45dB"
            subprocess.run(ffmpeg + ["-i", raw.name, "-af", f"{quiet},areverse,{quiet},areverse,highpass=f=180", "-ar", "8000", "-ac", "1",
                "-f", "s16le", level.name], check=True)
            # Every clip as loud as the next (ITU-T G.100.1 has speech at -26 dBov; phones and rooms ask for more): a filter that
            # measures loudness over seconds leaves one spoken digit all but silent.
            samples = array.array("h", open(level.name, "rb").read())
            rms, peak = math.sqrt(sum(v * v for v in samples) / len(samples)), max(abs(v) for v in samples)
            gain = min(32768 * 10 ** (-18 / 20) / rms, 32768 * 10 ** (-1 / 20) / peak)
            samples = array.array("h", (round(v * gain) for v in samples))
            subprocess.run(ffmpeg + ["-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "-", "-map_metadata", "-1", "-fflags", "+bitexact",
                "-flags:a", "+bitexact", "-c:a", "pcm_mulaw", out], input=samples.tobytes(), check=True)
        made += 1
stale = [os.path.join(l, f) for l in voices for f in os.listdir(os.path.join(here, "packs", l)) if f[:-4] not in clips[l]]
print(f"{made} clips made, {sum(map(len, clips.values()))} in all" + (f"; not named any more: {stale}" if stale else ""))

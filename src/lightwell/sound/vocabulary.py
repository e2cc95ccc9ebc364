"""Words to pass over, for any word to react to: frequent ones, and those that sound like it.

A trigger word is taught by what it is not. Words drawn at random are easily told from it; what fools a detector are
words that begin or end in the same way. They are found here by spelling, so that no voice and no network is needed.
"""

import re

EVERYDAY = """
    about after again all always and another answer anything around because before better between bring call can car
    children city close cold come computer could country day different dinner does door down each evening every
    family far father find first food friend from general give going good great hand happy have head hear help
    here high home house how hundred idea important into keep kitchen know large later leave left letter light little
    long look made make many maybe money month more morning mother move much music name never new night nothing now
    number often old only open other our out paper people phone place play please point possible present problem
    question ready really right room run same school second seven should show side small some something start stop
    street sure take talk tell thank that then there thing think this thousand three time today together tomorrow
    tonight turn twenty under until very wait walk want warm watch water weather week what when where which will
    window with without woman word work world would write year yes yesterday young
"""

MORE = """
    able acclimate accident account accurate acid acre across act acted acting action active actively activist
    activity actor actress actual actuate adapt address adjective admire adopt advance advice affect afternoon
    aggravate agriculture airport alarm album alert alex alexis alive allow almost alone already amazing ancient
    angry animal announce apple april arctic area argue army arrive article artist ask attack attempt attic
    august author automatic autumn available avenue average awake baby back backward bad bag ball banana band bank
    barbecue basic basket battle beach bean bear beautiful become bed beer begin believe bell belt bicycle big bird
    birthday black blanket blue board boat body book border boss bottle bottom box boy brain bread breakfast bridge
    bright brother brown bucket budget building burning bus business butter button cabinet cactus calculate calendar
    camera camp candle candidate captain captivate capture carbon card career carpet carry carving castle cat
    cataract celebrate center certain chair chance change charge charming cheap cheese chicken chocolate choice
    church cinema circle claim class clean clever climate climb clock cloth cloud coast coat coffee coin collar
    collect college color combine comfort command commute commuter company companion compare compete competitor
    complete compute concert connect conductor consider contact control cook copper copy corner correct cost cottage
    count couple cover cradle crazy cream create credit crowd cry cultivate culture cup curtain customer cut
    dance danger dark date daughter deactivate dear debate decide decision decorate deep defend degree delicate
    deliver depend describe desert design desk detail device dictate digital dinosaur direct dirty discover distance
    divide doctor dog dollar double dozen drama draw dream dress drink drive driver drop dry duck dust duty eager ear
    early earth easy eat edge educate effect effort egg elbow elect election electric elegant elephant elevate
    else empty end enemy energy engine enjoy enough enter equal escape estimate even event evidence exact
    example except excite exit expect expert explain extra eye face fact factory fail fair fall false fan fancy
    farm fast fat favorite fear feather february feed feel fence festival fever few field fight figure fill film
    final fine finger finish fire fish fit five fix flag flat flavor floor flower fly focus fold follow forest forget
    forgive fork form formal fortune forward four fox free fresh friday front fruit full fun funny future game
    garage garden garlic gas gate gather gentle gift ginger girl glass glove goal gold google grandmother grape grass
    gravity green grey ground group grow guard guess guest guitar habit hair half hall hammer handle hang happen hard
    harbor harvest hat hate heart heat heavy hello hesitate hidden hill history hit hobby hold hole holiday honest
    honey hope horse hospital hot hotel human hunger hurry hurt husband hyperactive ice imitate indicate innovate
    inside instant invite irritate island item jacket january jarred jars jealous jelly jerk jersey job join joke
    journey joy judge juice july jump june jungle jury just justice kettle key kick kid kind king kiss kitten knee
    knife knock ladder lady lake lamp language last laugh law lawyer lazy lead leader leaf learn leather lecture
    legal lemon lesson level library life lift like limit line lion lips list listen litter live liver local
    lock lonely lose loud love lovely low lower luck lunch machine magazine magic mail main major manager map marble
    march margin marker market marvel master match matter meal mean measure meat medicine meet member memory
    mention menu message metal middle mile milk million mind minute mirror miss mistake mitigate mix mobile model
    modern moment monday monkey moon mosquito motivate motor mountain mouse mouth movie muffin muscle museum mystery
    nail narrow nation native nature navigate near neck need negative neighbor nephew nervous nest network news
    nice nine nobody noise noon normal north nose note notice november nurse object ocean october offer office oil
    olive on onion operate opinion orange orbit order organ outside oven owner oxygen package page pain paint pair
    palace pan panel panic pants parent park parrot part party pass passenger past patient pattern pay peace pencil
    penny pepper perfect perhaps person pet piano picnic picture piece pillow pilot pink pipe pizza plan planet plant
    plastic plate player pleasant pocket poem police polite pool popular position positive potato pound powder power
    practice pretty price prince print prison private prize program promise proper protect proud provide public pull
    pupil purple push put puzzle quality quarter queen quick quiet quite rabbit race radio rain raise random rather
    reach reactive read reason receive recipe record red regular relate relative relax release remember remove repeat
    report reset restaurant result return ribbon rice rich ride ring ripe river road robot rocket roll roof root rope
    rose rotate round row royal rude ruler sad safe salad salt sand sandwich saturday sauce save scale science
    scissors score scratch sea season seat secret see seed select self sell send sense sentence separate september
    series serious servant serve service set settle shade shake shape share sharp sheep shelf shell shine ship shirt
    shoe shop short shoulder shout shower shut sick signal silence silver simple since sing single sister sit
    situate six size skill skin skirt sky sleep slide slip slow smart smell smile smoke smooth snow soap soccer
    social sock soft software soldier solid song soon sorry sound soup south space speak special speech speed spell
    spend spider spoon sport spot spring square stable stair stamp stand star starving state station stay steal steam
    steel step stick still stimulate stomach stone store storm story straight strange strawberry strong student study
    stupid subject sudden suffer sugar suggest suit summer sun sunday supper supply surface surprise sweet swim
    switch system table tackle tail tall tape taste tax taxi tea teacher team tear teeth television temper ten tennis
    terminate terrible test text theater thick thin thirsty throat through throw thumb thursday ticket tiger tight
    tiny tire toast toe tomato tone tongue tool top total touch tourist toward towel tower town toy track traffic
    train travel treasure tree trick trip trouble truck true trumpet trust try tube tuesday twelve twice two
    uncle understand unit update upper useful usual vacate vacation vacuum valley value vanilla vegetable velvet
    vertical view village violin virus visit voice volume vote wage waiter wake wall wallet war wash waste wave way
    weak wealth wear wedding wednesday welcome west wet wheat wheel whisper white whole wide wife wild win wind wine
    winter wire wise wish wonder wood wool worm worry wrong yard yellow zebra zero zone
"""

PHRASES = ("act of it", "act of faith", "acted late", "all extra", "how do you do", "let us see", "of course")

HOMOPHONES = """
    ate eight; bare bear; be bee; beat beet; berry bury; blew blue; board bored; brake break; buy by bye; ceiling
    sealing; cell sell; cent scent sent; center centre; color colour; dear deer; dew do due; die dye; eye i aye; fair
    fare; favorite favourite; feat feet; flavor flavour; flour flower; for four fore; gray grey; great grate; grown
    groan; guessed guest; hair hare; hall haul; harbor harbour; hear here; heard herd; heal heel; hi high; him hymn;
    hole whole; hour our; in inn; key quay; knew new gnu; knight night; know no; knows nose; lead led; made maid;
    mail male; main mane; meat meet; missed mist; neighbor neighbour; none nun; not knot; oh owe; one won; pail pale;
    pain pane; pair pear pare; passed past; pause paws; peace piece; plain plane; poor pour; rain reign rein; raise
    rays; read reed red; right rite write; ring wring; road rode rowed; role roll; root route; rose rows; sail sale;
    scene seen; sea see; seam seem; sew so sow; shoe shoo; side sighed; sole soul; some sum; son sun; stair stare;
    steal steel; storey story; straight strait; suite sweet; tail tale; team teem; tear tier; theater theatre; their
    there they're; threw through; throne thrown; thyme time; tide tied; tire tyre; to too two; toe tow;
    vain vein; wade weighed; waist waste; wait weight; war wore; warn worn; way weigh; weak week; wear where; weather
    whether; which witch; wine whine; wood would; yoke yolk; you ewe
"""
# Every word by the first of those that sound the same.
SPOKEN_AS = {word: group.split()[0] for group in HOMOPHONES.split(";") for word in group.split()}

FREQUENT: tuple[str, ...] = tuple(EVERYDAY.split())
OTHERS: tuple[str, ...] = (*MORE.split(), *PHRASES)

PARTS = 5  # of so many sound-alikes one is a part of the word
VOWELS = "aeiouy"
SPEAKABLE = re.compile(r"(?=.{3})(?!. )[^aeiouy]?[aeiouy].*(?<! .)")  # not "mputer", and no letter on its own
SOUNDS = (("ph", "f"), ("ck", "k"), ("gh", ""), ("c(?=[eiy])", "s"), ("c", "k"), ("qu", "kw"), ("x", "ks"),
          (r"(.)\1", r"\1"), (r"(?<=[^aeiouy])e\b", ""), (r"[^\w]", ""))  # fmt: skip


def sound_alikes(word: str, count: int) -> list[str]:
    """Words, short phrases and parts of a word that are easily taken for it, the likest first; never the word itself.

    What begins with the word is left out: until it goes on, nobody could tell the two apart.

    Args:
        word: A word or a phrase.
        count: How many; fewer are given only where the vocabulary ends.
    """
    parts = _parts(word)[: count // PARTS]
    sounds = _sounds(word)
    candidates = dict.fromkeys((*OTHERS, *FREQUENT))
    fitting = [
        other
        for other in candidates
        if not holds(other, word) and not _sounds(other).startswith(sounds) and other not in parts
    ]
    likest = sorted(fitting, key=lambda other: _distance(sounds, _sounds(other)))
    return [*likest[: count - len(parts)], *parts]


def holds(text: str, word: str) -> bool:
    """Whether a word is said in a text as a word of its own, or one that sounds the same: "right" in "write it down".

    "deactivate" does not hold "activate": it is meant to be told from it.
    """
    said, wanted = _words(text), _words(word)
    starts = range(len(said) - len(wanted) + 1)
    return bool(wanted) and any(said[start : start + len(wanted)] == wanted for start in starts)


def _words(text: str) -> list[str]:
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.casefold().replace("’", "'"))
    return [SPOKEN_AS.get(word, word) for word in words]


def _parts(word: str) -> list[str]:
    """The words of a phrase; then beginnings and ends that can be spoken, the longest first."""
    whole = " ".join(_words(word))
    words = whole.split() if " " in whole else []
    cuts = [part for cut in range(2, len(whole) - 2) for part in (whole[:-cut], whole[cut:])]
    parts = dict.fromkeys((*words, *(part.strip() for part in cuts)))
    return [part for part in parts if SPEAKABLE.fullmatch(part) and not holds(part, word)]


def _sounds(text: str) -> str:
    """Roughly how an English word sounds, a letter a sound."""
    spoken = text.casefold()
    for letters, sound in SOUNDS:
        spoken = re.sub(letters, sound, spoken)
    return spoken


def _distance(first: str, second: str) -> float:
    """How many letters are to be put in, taken out or changed (Levenshtein, 1966); another vowel counts half."""
    row = [float(number) for number in range(len(second) + 1)]
    for count, letter in enumerate(first, start=1):
        above, row = row, [float(count)]
        for number, other in enumerate(second, start=1):
            vowels = letter in VOWELS and other in VOWELS
            change = 0.0 if letter == other else 0.5 if vowels else 1.0
            row.append(min(above[number] + 1, row[-1] + 1, above[number - 1] + change))
    return row[-1]

"""Names, streets, countries and firms written down for this project, beside Faker's."""


def _split(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.replace("\n", ";").split(";") if item.strip())


# Names that Faker's European lists lack, written with Latin letters.
GIVEN = _split("""
Ahmed; Fatima; Youssef; Aisha; Omar; Layla; Karim; Noura; Hassan; Zainab; Tariq; Salma; Bilal; Amina; Mustafa; Yasmin
Wei; Xiaoming; Mei; Jun; Li Na; Yuchen; Jiahao; Lihua; Fang; Haoran; Xinyi; Zihan; Ying; Ping
Hiroshi; Yuki; Sakura; Kenji; Haruto; Aiko; Takeshi; Naoko; Ren; Emi; Kaito; Midori
Min-jun; Ji-woo; Seo-yeon; Hyun; Jiho; Eun-ji; Sung-min; Hana
Chinedu; Ngozi; Oluwaseun; Adaeze; Emeka; Folake; Kwame; Ama; Kofi; Abena; Thabo; Lerato; Sipho; Naledi; Wanjiru; Otieno
Priya; Rahul; Ananya; Vikram; Deepa; Arjun; Lakshmi; Sanjay; Kavya; Rohan; Sunita; Imran; Nisha; Harpreet; Gurdeep
Dmitri; Olga; Sergei; Natasha; Yuri; Svetlana; Alexei; Ekaterina; Boris; Oksana; Taras; Mykola; Bohdan; Iryna; Halyna
David; Sarah; Yael; Avi; Noa; Moshe; Tamar; Eitan; Shira; Gal
Reza; Shirin; Darius; Parisa; Farhad; Nasrin; Cyrus; Leila
Björk; Sigurður; Guðrún; Þorsteinn; Ólafur; Ragnheiður; Einar; Hildur; Jón; Katrín
Nguyen; Thanh; Linh; Minh; Huong; Duc; Trang; Tuan; Siti; Budi; Putri; Agus; Dewi; Somchai; Anong; Jose Maria; Maricel
Sean; Niamh; Siobhan; Aoife; Cillian; Rhys; Bronwyn; Angharad; Hamish; Catriona; Iain; Oisin
Kai; Finn; Skye; River; Sage; Jade; Ruby; Amber; Dawn; Joy; Hope; Faith; April; May; June; Rose; Lily; Iris; Violet; Max; Mark; Will; Bill; Frank; Grant; Chase; Art; Rich; Guy; Ray
Mateo; Lucía; Joaquín; Valentina; Thiago; Renata; Heitor; Isadora; Caetano; Luana; Duarte; Inês; Tomás; Beatriz; Nuno; Matilde
Jean-Luc; Anne-Sophie; Marie-Claire; Pierre-Yves; Maëlle; Loïc; Gaël; Solène; Karl-Heinz; Hans-Peter; Anneliese; Jürgen; Ulrike; Swantje; Fenna; Jelle; Sjoerd; Femke; Joost; Maaike; Wiebe; Anouk
Gianluca; Ludovica; Pierluigi; Annamaria; Giuseppina; Ilaria; Zbigniew; Grażyna; Wojciech; Małgorzata; Świętosława; Jadwiga; Kazimierz; Bożena; Łukasz; Żaneta
""")
SURNAMES = _split("""
Al-Rashid; El Amrani; Haddad; Ben Salah; Khoury; Mansour; Abdallah; Farouk; Nasser; Bouzid; Chaoui; Saleh; Aziz; Rahman; Hussain; Siddiqui; Malik; Qureshi
Zhang; Wang; Chen; Liu; Huang; Zhao; Zhou; Xu; Sun; Guo; Lin; Cheung; Wong; Leung; Tan; Lim
Tanaka; Suzuki; Yamamoto; Nakamura; Kobayashi; Watanabe; Ito; Sato; Fujimoto; Hayashi; Mori
Kim; Park; Choi; Jung; Kang; Yoon; Seo; Han
Okafor; Adeyemi; Okonkwo; Balogun; Mensah; Osei; Boateng; Dlamini; Nkosi; Mokoena; Mwangi; Odhiambo; Kamau; Diallo; Traoré; Ndiaye; Keita
Patel; Sharma; Gupta; Iyer; Reddy; Nair; Chowdhury; Banerjee; Mehta; Kaur; Singh; Desai; Joshi; Rao; Pillai; Bhatt
Ivanov; Petrova; Sokolov; Volkova; Morozov; Shevchenko; Kovalenko; Bondarenko; Tkachenko; Melnyk; Lebedev; Orlova; Novikov
Cohen; Levi; Mizrahi; Peretz; Friedman; Shapiro; Katz; Goldberg; Rosenthal
Hosseini; Ahmadi; Karimi; Rezaei; Tehrani; Moradi
Jónsdóttir; Sigurðsson; Gunnarsdóttir; Magnússon; Ólafsdóttir; Þórsson; Einarsson
Nguyen; Tran; Pham; Le; Hoang; Vo; Santoso; Wijaya; Suharto; Cruz; Reyes; Bautista; Villanueva
O'Brien; O'Connor; O'Sullivan; McCarthy; MacDonald; McGregor; Fitzgerald; Llewellyn; Pritchard; ap Rhys
Smith; Brown; Green; White; Black; King; Young; Wood; Hill; Stone; Rivers; Banks; Fields; Brooks; Cook; Baker; Page; Price; Rice; Bishop; Church; Temple; Street; Lane; North; West
Müller-Lüdenscheidt; von Hagen; zu Stolberg; von der Leyden; Schäfer; Kühn; Groß; Weiß; Lang; Kurz; Klein; Braun; Vogel; Wolf; Koch; Richter; Bäcker
van der Berg; de Vries; van den Heuvel; van Dijk; ten Hove; de Wit; van 't Hoff; Visser; Bakker; de Jong
de la Cruz; del Río; Ruiz de Alarcón; García Márquez; Fernández de Córdoba; Iglesias; Flores; Campos; Torres; Prado
da Silva; dos Santos; de Oliveira; do Nascimento; Pereira; Carvalho; Coelho; Leite; Machado
De Luca; Della Valle; Lo Presti; Di Stefano; D'Angelo; Dell'Acqua; Rossi; Bianchi; Leone; Gatti; Conti
Le Goff; de La Tour; du Plessis; Dupont-Aignac; Lefèvre; Beaumont; Leclerc; Berger; Boulanger; Marchand; Roy
Wiśniewski; Wójcik; Kowalczyk; Zając; Wróbel; Gołąb; Szczepański; Brzęczyszczykiewicz; Kamińska; Lis; Wilk; Dąbrowska-Nowak
Holmström; Bergqvist; Sjöberg; Nygård; Kjærsgaard; Mäkelä; Virtanen; Korhonen; Haugland; Dvořáková; Novotný; Horvat; Kovács; Popescu; Yılmaz; Öztürk
""")
COUNTRIES = {
    "en": _split("Germany; France; Spain; Italy; Poland; Portugal; the Netherlands; United Kingdom; Ireland; United States; USA; UK; Canada; Australia; India; Japan; Brazil; Mexico; Kenya; Nigeria; South Africa; New Zealand; Sweden; Norway; Finland; Denmark; Iceland; Greece; Turkey; Egypt; Sri Lanka; Cameroon; Kazakhstan; Czech Republic; Dominican Republic; Switzerland; Austria; Hungary; Marshall Islands; Republic of the Congo"),
    "de": _split("Deutschland; Österreich; Schweiz; Frankreich; Spanien; Italien; Polen; Niederlande; Schweden; Türkei; Indien; Japan; Kanada; Vereinigte Staaten; Großbritannien; Tschechien"),
    "fr": _split("France; Belgique; Suisse; Allemagne; Espagne; Italie; Pologne; Pays-Bas; Portugal; Canada; Maroc; Tunisie; Sénégal; Japon; États-Unis; Royaume-Uni"),
    "es": _split("España; México; Argentina; Chile; Colombia; Perú; Francia; Alemania; Italia; Portugal; Polonia; Estados Unidos; Reino Unido; Marruecos; Japón; Suecia"),
    "it": _split("Italia; Francia; Germania; Spagna; Portogallo; Polonia; Svizzera; Austria; Grecia; Paesi Bassi; Stati Uniti; Regno Unito; Giappone; Brasile; Svezia; Turchia"),
    "nl": _split("Nederland; België; Duitsland; Frankrijk; Spanje; Italië; Polen; Portugal; Zweden; Turkije; Marokko; Suriname; Verenigde Staten; Verenigd Koninkrijk; Japan; Ierland"),
    "pl": _split("Polska; Niemcy; Francja; Hiszpania; Włochy; Portugalia; Holandia; Szwecja; Czechy; Słowacja; Ukraina; Litwa; Stany Zjednoczone; Wielka Brytania; Japonia; Turcja"),
    "pt": _split("Portugal; Brasil; Angola; Moçambique; Espanha; França; Alemanha; Itália; Polônia; Suécia; Estados Unidos; Reino Unido; Japão; Argentina; Turquia; Países Baixos"),
}  # fmt: skip
# Places that everybody talks about: never names of people, whatever a list says.
PLACES = _split("""
London; Paris; Berlin; Madrid; Rome; Roma; Rom; Vienna; Wien; Prague; Praga; Prag; Warsaw; Warszawa; Lisbon; Lisboa; Lissabon; Dublin; Amsterdam; Brussels; Brussel; Bruxelles; Zurich; Zürich; Geneva; Genève; Munich; München; Hamburg; Köln; Cologne; Frankfurt; Stuttgart; Dresden; Leipzig; Hannover; Bremen; Lyon; Marseille; Lille; Bordeaux; Nice; Toulouse; Nantes; Strasbourg; Barcelona; Sevilla; Seville; Valencia; Bilbao; Málaga; Granada; Milan; Milano; Naples; Napoli; Turin; Torino; Firenze; Venezia; Venice; Bologna; Genova; Palermo; Rotterdam; Utrecht; Antwerpen; Gent; Kraków; Cracow; Gdańsk; Gdańska; Poznań; Poznania; Wrocław; Łódź; Porto; Coimbra; Faro; Braga; Rio; Brasília; Recife; Salvador; New York; Boston; Chicago; Houston; Dallas; Denver; Seattle; Phoenix; Detroit; Atlanta; Miami; Austin; Orlando; Los Angeles; San Francisco; Las Vegas; Washington; California; Texas; Florida; Virginia; Georgia; Carolina; Dakota; Montana; Nevada; Ohio; Utah; Alaska; Hawaii; Toronto; Montreal; Vancouver; Sydney; Melbourne; Perth; Brisbane; Auckland; Wellington; Tokyo; Kyoto; Osaka; Seoul; Beijing; Shanghai; Hong Kong; Singapore; Delhi; Mumbai; Bangalore; Dubai; Cairo; Lagos; Nairobi; Istanbul; Athens; Budapest; Bucharest; Sofia; Oslo; Stockholm; Copenhagen; Helsinki; Moscow; Kyiv; Manchester; Liverpool; Leeds; Bristol; Glasgow; Edinburgh; Cardiff; Belfast; Oxford; Cambridge; Europe; Europa; Asia; Africa; America; Australia; China; Russia; Ukraine; Israel; Jordan; Chad; Cuba; Peru; Chile; Argentina; Colombia; Venezuela; Korea; Vietnam; Thailand; Indonesia; Malaysia; Philippines; Pakistan; Bangladesh; Iran; Iraq; Syria; Lebanon; Ghana; Ethiopia; Uganda; Kenya; Malta; Cyprus; Croatia; Serbia; Slovenia; Slovakia; Romania; Bulgaria; Estonia; Latvia; Lithuania; Belgium; België; Belgien; Belgique; England; Scotland; Wales; Britain
""")
STREETS = {
    "en": _split("Baker Street; High Street; Church Lane; Mill Road; Station Road; Victoria Avenue; Park View; The Crescent; Elm Grove; Oak Drive; Maple Court; Sunset Boulevard; River Walk; King's Road; Queen Street; Orchard Close; Meadow Way; Cedar Terrace; Main St; 5th Avenue; W 42nd St; Old Mill Rd; Pine Hollow Ln; Wilson Crescent; Harbour Quay; Castle Hill; Albion Place; North Circular Road; Lincoln Blvd; County Road 12; Rosemary Gardens; St. Mary's Square; Broadway; Whitehall Mews; Gimblett Street; Friar's Walk; Ridge Pkwy; Canal Wharf"),
    "de": _split("Hauptstraße; Bahnhofstr.; Am Alten Markt; Unter den Linden; Goethestraße; Schillerweg; Lindenallee; Kirchgasse; Im Winkel; Auf der Höhe; Berliner Str.; Mühlenweg; Gartenstraße; Rosenweg; Karl-Marx-Allee; Dorfstr.; An der Mauer; Ringstraße; Marktplatz; Zum Kirchberg; Friedrichstraße; Wiener Gürtel; Obere Gasse; Tannenhof; Fürstenwall; Jungfernstieg; Am Ufer; Hinterm Deich; Alte Poststraße; Sankt-Georg-Platz; Lange Zeile; Steinweg"),
    "fr": _split("rue de la Paix; avenue Victor-Hugo; boulevard Saint-Michel; place Stanislas; rue du Four; allée des Tilleuls; impasse des Lilas; chemin du Moulin; quai de la Fosse; rue Jean Jaurès; avenue de la République; rue des Écoles; cours Mirabeau; route de Lyon; passage du Nord; square des Roses; rue du Général Leclerc; bd Voltaire; av. Foch; rue de l'Église; villa des Pins; montée de la Grande Côte; rue Neuve; sentier des Vignes; esplanade du Lac; rue d'Alsace"),
    "es": _split("Calle Mayor; C/ Alcalá; Avenida de la Constitución; Av. Libertad; Plaza España; Paseo de Gracia; Calle del Sol; Ronda de Toledo; Camino Viejo; Carretera de Burgos; Travesía del Río; Calle San Juan; C. Goya; Avda. América; Pasaje Flores; Rambla Nova; Callejón del Gato; Gran Vía; Cuesta de la Vega; Calle 14 Norte; Urbanización Los Pinos; Glorieta Bilbao; Calle de la Cruz; Av. 9 de Julio"),
    "it": _split("via Garibaldi; Via Roma; Viale Europa; Corso Italia; Piazza Dante; via dei Mille; Largo Augusto; vicolo Stretto; Via XX Settembre; Strada Statale; via Monte Rosa; Piazzale Loreto; Via della Repubblica; Salita San Nicola; Lungarno Vespucci; Via Giuseppe Verdi; Contrada Serra; Borgo Antico; Via del Corso; Fondamenta Nuove; Traversa Lunga; Viale dei Pini; Calle Larga; P.zza Cavour"),
    "nl": _split("Keizersgracht; Dorpsstraat; Kerkstraat; Stationsweg; Molenlaan; Lange Voorhout; Nieuwe Baan; Oude Singel; Prins Hendrikkade; Marktplein; Beukenlaan; Zeedijk; Haarlemmerstraat; Parkweg; Schoolstraat; Burgemeester de Vlugtlaan; Wilhelminastraat; Achterom; Vondelpad; Hofje; Industrieweg; Meir; Grote Steenweg; Koningin Julianaplein; Waterkant; Het Spui"),
    "pl": _split("ul. Długa; ul. Nadbrzeżna; ul. Mickiewicza; al. Jana Pawła II; pl. Wolności; os. Słoneczne; ul. 3 Maja; ulica Lipowa; ul. Polna; ul. Kościuszki; aleja Róż; ul. św. Anny; ul. Ogrodowa; plac Zamkowy; ul. Krótka; ul. Marszałkowska; ul. Piotrkowska; os. Kosmonautów; ul. Warszawska; ul. Leśna; al. Niepodległości; ul. Stary Rynek; ul. Kwiatowa; ul. Zielona; ul. Armii Krajowej; rondo Mogilskie"),
    "pt": _split("Rua das Flores; Av. Paulista; Avenida da Liberdade; Travessa do Carmo; Praça da Sé; Rua Augusta; Largo do Rato; Alameda Santos; Rua 25 de Abril; Estrada da Luz; R. Sete de Setembro; Rua do Comércio; Beco do Mota; Avenida Brasil; Rua de São Bento; Calçada da Estrela; Rodovia Anhanguera; Rua Diadema; Av. dos Aliados; Quinta da Lomba; Rua Padre António Vieira; Viela da Ponte; Rua XV de Novembro; Ladeira da Glória"),
}  # fmt: skip
FIRMS = _split("""
Harborline Freight; Tidewater Bank; Northgate Foods Ltd; Blue Heron Software; Kestrel Analytics; Mapleleaf Insurance; Ironbridge Steel plc; Quillon Labs; Silverpine Hotels; Redfern & Sons; Acme Corp; Globex; Initech; Umbra Systems; Novalis AG; Steinbach GmbH; Müller & Partner KG; Nordsee Logistik GmbH & Co. KG; Rheinland Versicherung; Boulangerie du Port SARL; Lumière SA; Transports Morel; Banco del Norte; Aceites La Loma S.L.; Grupo Sierra; Cantiere Adriatico S.p.A.; Fratelli Conti Srl; Molino Vecchio; De Vries Transport B.V.; Waterkant Verzekeringen; Huta Północ S.A.; Piekarnia Kłos; Biuro Rachunkowe Saldo; Padaria Central Lda; Energia do Sul S.A.; Café Aurora; Open Data Nation; Rivet Software; Gradient Research LLC; Consumer Reports; Berkshire Mutual; Simpletext; Numera; Vantage Point; First Harbour Credit Union; St Anne's Hospital; University of Eastmoor; City Council; Ministry of Transport; Kinderheim Sonnenschein; Lycée Victor Hugo; Colegio San Marcos; Szkoła Podstawowa nr 4
""")

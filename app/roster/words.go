package roster

import (
	"strings"
	"unicode"

	"rollcall/app/reconcile"
)

// The fields that a column may be read as.
const (
	fNumber   = "number"
	fName     = "name"
	fFirst    = "first"
	fLast     = "last"
	fEmail    = "email"
	fUserName = "username"
	fManager  = "manager"
	fType     = "type"
	fStatus   = "status"
	fStart    = "start"
	fEnd      = "end"
	fDates    = "dates" // not a column: the order of day and month
	fZeros    = "zeros" // not a column: what a date of zeros stands for

	zerosNoneWord = "no-date" // what fZeros takes
)

var fields = []string{fNumber, fName, fFirst, fLast, fEmail, fUserName, fManager, fType, fStatus, fStart, fEnd}

// headers are the usual headers of each field in English, German, French,
// Spanish and Dutch, as squeeze leaves them.
var headers = map[string]string{
	fNumber: `number employeenumber employeeno employeenr employeeid employeecode empno empid empnumber personnelnumber
		personnelno personid personnumber useremployeeid staffid staffnumber workerid hrid payrollnumber associateid
		personalnummer personalnr persnr mitarbeiternummer mitarbeiternr mitarbeiterid manr pernr stammnummer
		matricule numeroemploye numerodemploye nemploye idemploye numerosalarie numerodematricule
		numeroempleado noempleado numerodeempleado nempleado idempleado codigoempleado legajo
		personeelsnummer personeelsnr medewerkernummer medewerkersnummer medewerkernr medewerkerid werknemersnummer`,
	fName: `name fullname displayname employeename workername preferredname commonname lastnamefirstname payrollname
		vollername vollstandigername mitarbeitername mitarbeiter anzeigename
		nomcomplet nometprenom nomprenom prenomnom nombrecompleto nombreyapellidos volledigenaam naam medewerkernaam`,
	fFirst: `first firstname givenname forename preferredfirstname legalfirstname vorname rufname prenom nombre nombredepila voornaam roepnaam`,
	fLast:  `last lastname surname familyname legallastname nachname familienname zuname nom nomdefamille apellido apellidos achternaam`,
	fEmail: `email mail emailaddress mailaddress workemail workemailaddress businessemail companyemail emailwork workcontactworkemail
		emailbusiness primaryemail primaryworkemail officialemail email1 email2 email3 emailalias emailaliases emails
		mailadresse emailadresse emailadressegeschaftlich emailgeschaftlich emaildienstlich geschaftlicheemail
		dienstlicheemail firmenemail elektronischepost
		courriel adressemail adresseemail adresseelectronique adressecourriel emailprofessionnel courrielprofessionnel emailpro
		correo correoelectronico correocorporativo emailcorporativo correoempresa direcciondecorreo
		emailadres mailadres emailwerk zakelijkemailadres werkemail`,
	fUserName: `username userid login loginname logonname samaccountname userprincipalname upn networkid adaccount accountname
		benutzername benutzerkennung benutzer kennung anmeldename loginkennung
		identifiant nomdutilisateur utilisateur usuario nombredeusuario gebruikersnaam inlognaam`,
	fManager: `manager managername manageremail managerid managernumber managerworkemail reportsto supervisor supervisorname supervisoremail linemanager
		vorgesetzter vorgesetzte vorgesetztere vorgesetzteremail fuhrungskraft responsable responsablehierarchique superieur
		superieurhierarchique jefe jefedirecto supervisordirecto leidinggevende`,
	fType: `type employmenttype employeetype workertype contracttype personneltype employmentcategory
		mitarbeitertyp mitarbeiterart beschaftigungsart anstellungsart vertragsart mitarbeitergruppe mitarbeiterkreis
		typedecontrat typecontrat typedemploye tipodecontrato tipocontrato tipodeempleado tipoempleado contracttypemedewerker soortcontract dienstverbandtype soortdienstverband`,
	fStatus: `status employmentstatus employeestatus workerstatus hrstatus personstatus positionstatus lifecyclestatus statuscode active isactive
		mitarbeiterstatus beschaftigungsstatus anstellungsstatus aktiv
		statut statutemploye actif etat estado estadoempleado situacion activo actief dienstverbandstatus personeelsstatus`,
	fStart: `start startdate hiredate dateofhire joindate joiningdate dateofjoining entrydate employmentstart employmentstartdate contractstart contractstartdate originalhiredate lasthiredate
		eintritt eintrittsdatum eintrittam beginn startdatum einstellungsdatum vertragsbeginn
		dateentree datedentree dateembauche datedembauche datedebut datededebut debut
		fechadeingreso fechaingreso fechadeinicio fechainicio fechadealta fechaalta fechadecontratacion
		indiensttreding datumindienst datumindiensttreding indienst begindatum ingangsdatum`,
	fEnd: `end enddate lastday lastworkingday lastdayofwork lastdayofemployment terminationdate terminateddate dateofleaving leavingdate leavedate exitdate separationdate employmentend employmentenddate contractend contractenddate
		austritt austrittsdatum austrittam enddatum vertragsende letzterarbeitstag letztertag befristetbis
		datesortie datedesortie datefin datedefin datedepart datededepart fin findecontrat
		fechadebaja fechabaja fechadesalida fechasalida fechafin fechadefin fechadeterminacion fechadecese
		uitdienst datumuitdienst datumuitdiensttreding uitdiensttreding laatstewerkdag`,
}

// lastResorts are headers that stand for a field only where nothing better does.
var lastResorts = map[string]string{fNumber: "id", fName: "legalname"}

// statuses are the usual words for each state, as squeeze leaves them.
var statuses = map[reconcile.Status]string{
	reconcile.StatusActive: `active aktiv employed current working regular beschaftigt angestellt inanstellung
		actif active enactivite enposte present activo activa enactivo dealta alta actief indienst werkzaam probation notice noticeperiod onnotice gardenleave
		fulltime parttime contractor temporary fixedterm permanent intern vollzeit teilzeit befristet unbefristet
		probezeit preavis enpreavis periodedessai enperiodedeprueba opgezegd`,
	reconcile.StatusOnLeave: `onleave leave loa leaveofabsence parentalleave maternityleave paternityleave sickleave longtermsick sabbatical absent furlough furloughed
		elternzeit mutterschutz beurlaubt inelternzeit langzeitkrank krank karenz ruhend ruht
		enconge conge congeparental congematernite congemaladie arretmaladie
		deexcedencia excedencia bajamedica bajamaternal bajapaternal delicencia licencia
		metverlof verlof ouderschapsverlof zwangerschapsverlof ziek langdurigziek`,
	reconcile.StatusPreHire: `prehire prestart prehired preboarding onboarding prestarter pendinghire pendingstart offeraccepted notstarted notyetstarted futurehire future
		voreintritt zukunftig kunftig nochnichteingetreten
		futuremployee futursalarie preembauche aembaucher avenir preingreso futuro preboardingfase toekomstig nognietgestart nognietindienst`,
	reconcile.StatusLeft: `left inactive terminated term leaver former formeremployee exemployee separated resigned retired departed deceased dismissed offboarded ended withdrawn
		inaktiv ausgetreten ausgeschieden austritt ehemalig ehemaliger pensioniert verrentet rente inrente verstorben
		parti partie sorti sortie inactif inactive demissionne licencie retraite ancien ancienemploye ancienemployee decede
		inactivo inactiva cesado terminado despedido jubilado exempleado renuncio
		inactief uitdienst uitdienstgetreden vertrokken gepensioneerd overleden oudmedewerker`,
}

// yes and no count only under a header that asks "active?".
var (
	activeHeaders = words("active isactive aktiv actif activo actief")
	yes           = words("yes y true 1 x ja j wahr oui o vrai si s verdadero waar")
	no            = words("no n false 0 nein falsch non faux f falso nee onwaar")
)

var (
	headerField = invert(headers)
	statusOf    = invert(statuses)
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// invert makes the lists above into a look-up from word to meaning.
func invert[K ~string](lists map[K]string) map[string]K {
	m := map[string]K{}
	for meaning, list := range lists {
		for w := range words(list) {
			m[w] = meaning
		}
	}
	return m
}

// headerWord is a header as the lists have it, without a remark in square brackets,
// as in "Status [READ ONLY]".
func headerWord(header string) string {
	if i := strings.IndexByte(header, '['); i > 0 && strings.HasSuffix(strings.TrimSpace(header), "]") {
		header = header[:i]
	}
	return squeeze(header)
}

// fieldOf finds what a header means. "#" stands for number where the header means
// nothing without it: "Employee #" is no "Employee", and "Employee ID #" is one.
func fieldOf(meaning map[string]string, header string) (field string, known bool) {
	bare := headerWord(header)
	if field, known = meaning[bare]; !known && bare != "" {
		field, known = meaning[headerWord(strings.ReplaceAll(header, "#", " number "))]
	}
	return field, known
}

// squeeze leaves the bare letters and digits of a header or status, folded:
// "E-Mail (geschäftlich)" and "email_geschaftlich" are one.
func squeeze(s string) string {
	var b strings.Builder
	for _, r := range plain(reconcile.Normalise(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

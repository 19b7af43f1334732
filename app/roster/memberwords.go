package roster

import (
	"strings"

	"rollcall/app/reconcile"
)

// The fields of a file of members that a roster does not have.
const (
	fID       = "id"
	fGroups   = "groups"
	fLastSeen = "lastseen"
)

var memberFields = []string{fID, fUserName, fEmail, fName, fFirst, fLast, fNumber, fStatus, fGroups, fLastSeen}

// fieldWords name what may identify an account.
var fieldWords = map[string]string{fID: "id", fUserName: "user name", fEmail: "e-mail address"}

// memberHeaders are the usual headers, as squeeze leaves them. Groups and last
// seen have none: they are read only where they are mapped.
var memberHeaders = map[string]string{
	fID:       "id userid memberid accountid uid uuid useruuid userguid guid objectid internalid benutzerid kontoid idutilisateur idusuario gebruikersid",
	fUserName: strings.ReplaceAll(headers[fUserName], " userid ", " ") + " handle screenname nickname memberusername accountlogin",
	fEmail:    headers[fEmail] + " loginemail useremail memberemail accountemail",
	fName:     headers[fName] + " realname profilename membername",
	fFirst:    headers[fFirst],
	fLast:     headers[fLast],
	fNumber: `externalid externaluserid employeenumber employeeno employeenr employeeid empno empid personnelnumber personnelno staffid staffnumber
		workerid hrid personalnummer personalnr mitarbeiternummer mitarbeiternr matricule numeroemploye numeroempleado personeelsnummer medewerkernummer`,
	fStatus: `status accountstatus userstatus memberstatus membershipstatus state accountstate userstate active isactive enabled isenabled accountenabled
		inactive isinactive disabled isdisabled accountdisabled deactivated isdeactivated suspended issuspended blocked isblocked blockcredential
		archived isarchived deleted isdeleted aktiv aktiviert deaktiviert gesperrt inaktiv kontostatus benutzerstatus statut actif desactive suspendu
		estado activo desactivado suspendido actief gedeactiveerd geblokkeerd`,
}

var memberHeader = invert(memberHeaders)

// asking are the headers under which "yes" and "no" have a meaning: which one
// yes has.
var asking = invert(map[reconcile.Active]string{
	reconcile.ActiveTrue: "active isactive enabled isenabled accountenabled aktiv aktiviert actif activo actief",
	reconcile.ActiveFalse: `inactive isinactive disabled isdisabled accountdisabled deactivated isdeactivated suspended issuspended blocked isblocked blockcredential
		archived isarchived deleted isdeleted deaktiviert gesperrt inaktiv desactive suspendu desactivado suspendido gedeactiveerd geblokkeerd`,
})

// activeOf are the usual words for an account's state. An invitation can be
// taken up at any time, so it counts as active, and so does a lock, which mostly
// comes from a wrong password and ends by itself. Where a service writes the
// role of an account that is in use as its status, as Slack does, that is active.
var activeOf = invert(map[reconcile.Active]string{
	reconcile.ActiveTrue: `active enabled invited invitationsent pending pendinginvite provisioned staged confirmed verified registered accepted joined locked lockedout
		passwordexpired passwordreset recovery activationsent unactivated
		member regularmember fullmember owner primaryowner workspaceowner orgowner admin workspaceadmin orgadmin guest bot
		singlechannelguest multichannelguest
		aktiv aktiviert freigeschaltet eingeladen actif active invite activo habilitado invitado actief uitgenodigd`,
	reconcile.ActiveFalse: `inactive deactivated disabled suspended removed deleted archived blocked deprovisioned revoked expired closed terminated left banned ldapblocked
		inaktiv deaktiviert gesperrt archiviert geloscht entfernt inactif desactive suspendu supprime archive
		inactivo desactivado suspendido eliminado bloqueado inactief gedeactiveerd geblokkeerd verwijderd`,
})

package demo

import "strings"

// Some given and family names, from here and there.
var (
	givenNames = strings.Fields(`
		Ada Aisha Anders Anouk Arjun Beatriz Bruno Camille Chidi Clara Dagny Dario Edda Elif Emil Esme Farid Femke Finn
		Gaia Goran Hanne Hiro Ida Imani Ines Ivo Jasper Jelena Joana Kaito Kalina Lars Leila Liv Luca Maeve Malik Marit
		Mateo Mira Nadia Niko Noor Olga Oskar Paolo Petra Priya Quentin Rana Rosa Rufus Saskia Selim Sofie Tadeo Tomasz
		Ulla Vera Wanda Yara Yusuf Zoe`)
	familyNames = strings.Fields(`
		Abara Ackland Almeida Amsel Arvid Bachmann Barends Belkacem Bergholt Brandis Calloway Castell Cerny Corvin Dahlgren
		Demir Desai Dornik Duarte Eberle Ekwall Elgin Falk Farnham Ferrand Fontana Garrick Gessner Ghazal Grimaldi Haldane
		Hartog Holm Ibarra Imhof Iversen Jansky Jarrow Kaczmar Kessel Kobayen Kroon Lambrecht Lindqvist Lorca Maartens
		Madsen Mercier Moravec Nakata Navarro Nordin Obi Okafor Ostrow Pacheco Pellier Quast Rahimi Ravn Renner Rossner
		Sandoval Sato Schilling Serrano Solberg Tamm Tellier Thorne Ustinov Valdez Vance Varga Verbeek Wachter Wexler
		Winther Yilmaz Zander Zoller`)
	accented = strings.NewReplacer("Lindqvist", "Lindqvíst", "Schilling", "Schïlling", "Yilmaz", "Yılmaz")
)

// departments with the share of people in each, out of 25.
var departments = []struct {
	name  string
	share int
}{{"Engineering", 10}, {"Sales", 5}, {"Support", 4}, {"Finance", 3}, {"People", 1}, {"Marketing", 2}}

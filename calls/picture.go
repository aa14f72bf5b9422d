package calls

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"

	"golang.org/x/image/webp"
)

// What a side may hand over. Pictures are decoded and made anew, so nothing of
// the file that came is kept: no metadata (a place, a camera's number), nothing
// appended, no other format inside. A PDF cannot be made anew; it is kept as it
// is when it asks for nothing but to be read, and only ever given out as a
// download.
const (
	// MaxFile is the most bytes of a file.
	MaxFile = 10 << 20
	// maxPixels bounds what a JPEG may unpack to (1.5 bytes a pixel): 24
	// megapixels is what phones take.
	maxPixels = 24_000_000
	// maxDensePixels is for pictures that unpack to 4 bytes a pixel.
	maxDensePixels = 12_000_000
	maxSide        = 12_000
	// maxUnpacked bounds the memory that decoding and turning takes, in bytes: a
	// progressive JPEG keeps 4 bytes more a sample, a PNG may have 8 bytes a pixel.
	maxUnpacked = 96 << 20
	// maxScans bounds the passes of a progressive JPEG: each goes over the whole
	// picture, be it a few bytes long. Encoders make about ten.
	maxScans = 64
)

var (
	errFileType   = errors.New("send a JPEG, PNG or WebP picture, or a PDF")
	errFilePixels = errors.New("the picture has too many pixels: at most 24 million (PNG and WebP: 12 million), and 12,000 a side")
	errFileBroken = errors.New("the file cannot be read: it is damaged, or not what it seems to be")
	errFilePDF    = errors.New("this PDF holds programs, forms, attachments or a password: print it to a plain PDF, or photograph the page")
)

// harmless is a file that may be kept.
type harmless struct {
	content       []byte
	mediaType     string
	width, height int
}

type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	pixels int
}

var formats = map[string]format{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode, maxPixels},
	"image/png":  {png.DecodeConfig, png.Decode, maxDensePixels},
	"image/webp": {webp.DecodeConfig, webp.Decode, maxDensePixels},
}

// makeHarmless takes a file by what it is, not by what it is called.
func makeHarmless(content []byte) (harmless, error) {
	kind := http.DetectContentType(content)
	if kind == "application/pdf" {
		return plainPDF(content)
	}
	f, ok := formats[kind]
	if !ok {
		return harmless{}, errFileType
	}
	// The size is read first: a few bytes may claim gigabytes of pixels.
	config, err := f.config(bytes.NewReader(content))
	if err != nil {
		return harmless{}, errFileBroken
	}
	if config.Width <= 0 || config.Height <= 0 {
		return harmless{}, errFileBroken
	}
	if config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > f.pixels {
		return harmless{}, errFilePixels
	}
	if bytes.Count(content, []byte{0xff, 0xda}) > maxScans && kind == "image/jpeg" {
		return harmless{}, errFileBroken
	}
	memory := unpacked(content, kind, config)
	if memory > maxUnpacked {
		return harmless{}, errFilePixels
	}
	picture, err := f.decode(bytes.NewReader(content))
	if err != nil {
		return harmless{}, errFileBroken
	}
	var out bytes.Buffer
	h := harmless{mediaType: "image/jpeg"}
	if kind == "image/jpeg" && memory+4*int64(config.Width)*int64(config.Height) <= maxUnpacked {
		picture = upright(picture, orientation(content)) // else better on its side than too much memory
	}
	if kind == "image/png" {
		h.mediaType = "image/png"
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, picture)
	} else {
		err = jpeg.Encode(&out, picture, &jpeg.Options{Quality: 92})
	}
	if err != nil {
		return harmless{}, errFileBroken
	}
	h.content, h.width, h.height = out.Bytes(), picture.Bounds().Dx(), picture.Bounds().Dy()
	return h, nil
}

// unpacked is how many bytes decoding takes.
func unpacked(content []byte, kind string, config image.Config) int64 {
	pixels := int64(config.Width) * int64(config.Height)
	switch kind {
	case "image/webp": // lossless ones are unpacked twice; an alpha channel is a byte more
		if config.ColorModel == color.YCbCrModel {
			return 2 * pixels
		}
		return 8 * pixels
	case "image/png":
		each := int64(4)
		switch config.ColorModel {
		case color.RGBA64Model, color.NRGBA64Model:
			each = 8
		case color.Gray16Model:
			each = 2
		case color.GrayModel:
			each = 1
		}
		if len(content) > 28 && content[28] != 0 { // interlaced: the largest pass is half of it
			return each * pixels * 3 / 2
		}
		return each * pixels
	}
	// JPEG: its frame header (ITU-T T.81, B.2.2) has the components' sampling.
	for at := 2; at+4 <= len(content); {
		if content[at] != 0xff { // not a marker: the decoder skips what lies between
			at++
			continue
		}
		marker, size := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == 0xff || marker == 0 || marker >= 0xd0 && marker <= 0xd9 {
			at++
			continue
		}
		if marker >= 0xc0 && marker <= 0xc2 {
			frame := content[at+4:]
			if len(frame) < 6 || len(frame) < 6+3*int(frame[5]) {
				break
			}
			var sum, most int64
			for i := range int(frame[5]) {
				hv := int64(frame[7+3*i]>>4) * int64(frame[7+3*i]&15)
				sum, most = sum+hv, max(most, hv)
			}
			total := pixels * sum / max(most, 1)
			if marker == 0xc2 {
				total *= 5
			}
			if frame[5] == 4 {
				total += 4 * pixels
			}
			return total
		}
		at += 2 + max(size, 2)
	}
	return 16 * pixels // the decoder will refuse it
}

// orientation reads how a JPEG wants to be turned (EXIF 2.32, tag 0x0112): 1 to
// 8, 1 when it does not say. Without it a phone's picture would lie on its side,
// since the metadata that says so is not kept.
func orientation(content []byte) int {
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker, size := content[at+1], int(binary.BigEndian.Uint16(content[at+2:]))
		if marker == 0xda || size < 2 || at+2+size > len(content) {
			return 1
		}
		segment := content[at+4 : at+2+size]
		at += 2 + size
		if marker != 0xe1 || len(segment) < 14 || string(segment[:6]) != "Exif\x00\x00" {
			continue
		}
		tiff := segment[6:]
		var order binary.ByteOrder = binary.LittleEndian
		if string(tiff[:2]) == "MM" {
			order = binary.BigEndian
		}
		directory := int64(order.Uint32(tiff[4:]))
		if directory+2 > int64(len(tiff)) {
			return 1
		}
		entries := tiff[directory:]
		count := int(order.Uint16(entries))
		for i := range count {
			if 2+12*(i+1) > len(entries) {
				return 1
			}
			entry := entries[2+12*i:]
			if order.Uint16(entry) == 0x0112 {
				if o := int(order.Uint16(entry[8:])); o >= 1 && o <= 8 {
					return o
				}
			}
		}
		return 1
	}
	return 1
}

// upright turns and mirrors a picture by its EXIF orientation.
func upright(picture image.Image, orientation int) image.Image {
	if orientation == 1 {
		return picture
	}
	b := picture.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			red, green, blue := rgb(picture, b.Min.X+x, b.Min.Y+y)
			copy(dst.Pix[dst.PixOffset(tx, ty):][:4], []byte{red, green, blue, 0xff})
		}
	}
	return dst
}

// rgb is a pixel's colour; without memory for that of what JPEGs mostly are.
func rgb(picture image.Image, x, y int) (red, green, blue byte) {
	if m, ok := picture.(*image.YCbCr); ok {
		c := m.YCbCrAt(x, y)
		return color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
	}
	r, g, b, _ := picture.At(x, y).RGBA()
	return byte(r >> 8), byte(g >> 8), byte(b >> 8)
}

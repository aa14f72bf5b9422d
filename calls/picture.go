package calls

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	imagedraw "image/draw"
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
	picture, err := f.decode(bytes.NewReader(content))
	if err != nil {
		return harmless{}, errFileBroken
	}
	var out bytes.Buffer
	h := harmless{mediaType: "image/jpeg"}
	if kind == "image/jpeg" {
		picture = upright(picture, orientation(content))
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
	if w*h > maxDensePixels {
		return picture // better on its side than 100 MB
	}
	src := image.NewRGBA(image.Rect(0, 0, w, h))
	imagedraw.Draw(src, src.Bounds(), picture, b.Min, imagedraw.Src)
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
			copy(dst.Pix[dst.PixOffset(tx, ty):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
